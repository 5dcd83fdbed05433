using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Runs micro legs: decodes the latents that a macro leg left, advances the full state, encodes every coarse frame, and reports how well the model knows it.
/// A pure function of the cohort.
/// </summary>
/// <param name="solver">The first-principles solver.</param>
/// <param name="model">The effective model whose encoder and decoder are used.</param>
/// <param name="plan">All legs of the run.</param>
/// <param name="lift">How the solver's state is filled after a macro leg.</param>
/// <param name="keepFields">Whether segments carry the physical fields.</param>
/// <param name="clock">Where cost is read from.</param>
public sealed class MicroWorker(
    IMicroSolver solver, EffectiveModel model, ImmutableArray<Leg> plan, LiftRule lift, bool keepFields, IWorkClock clock)
{
    private readonly int lastMacro = plan.LastOrDefault(leg => leg.Phase == Phase.Macro) is { Frames: > 0 } macro ? macro.Index : -1;

    /// <summary>Runs the cohort's next leg, which must be a warm-up or micro leg.</summary>
    public LegResult Run(Cohort cohort)
    {
        var leg = plan[cohort.Leg];
        var meter = new WorkMeter(clock);
        if (cohort is { Frame: >= 0, Fine.Length: 0, Fields.Length: 0 })
            cohort = cohort with { Fields = Lifted(cohort) };
        meter.Book(Work.Decode);
        var (fine, frames) = Advance(cohort, leg);
        meter.Book(Work.Micro);

        var latents = new float[leg.Frames * cohort.Members.Length * model.Reduction.LatentSize];
        model.Reduction.Encode(frames, latents);
        meter.Book(Work.Encode);

        var trust = Judge(frames, latents, cohort.Members.Length);
        meter.Book(Work.Decode);
        return Conclude(cohort, leg, fine, frames, latents, trust, meter.Times);
    }

    /// <summary>Fields [M, C·X] of the last frame, from its latents.</summary>
    private double[] Lifted(Cohort cohort)
    {
        var fields = new float[cohort.Members.Length * solver.Layout.Size];
        model.Reduction.Decode(cohort.Latents.AsSpan(cohort.Latents.Length - cohort.Members.Length * model.Reduction.LatentSize), fields);
        return Array.ConvertAll(fields, x => (double)x);
    }

    /// <summary>Frames of the leg [frames, M, C·X] and the solver's state after the last one.</summary>
    private (double[] Fine, double[] Frames) Advance(Cohort cohort, Leg leg)
    {
        var members = cohort.Members.Length;
        var frames = new double[leg.Frames * members * solver.Layout.Size];
        var fine = cohort.Fine.Length > 0 ? (double[])cohort.Fine.Clone() : new double[members * solver.FineSize];
        if (cohort.Fine.Length == 0 && cohort.Fields.Length != members * solver.Layout.Size)
            throw new ArgumentException($"{cohort.Id} brings {cohort.Fields.Length} field values to {leg.Phase} leg {leg.Index}, expected {members * solver.Layout.Size}.");
        var known = 0;
        if (cohort.Fine.Length == 0)
            solver.Lift(cohort.Fields, fine, cohort.Frame < 0 ? LiftRule.Equilibrium : lift);
        if (cohort.Frame < 0)
        {
            cohort.Fields.CopyTo(frames, 0); // frame 0 is the initial condition itself
            known = 1;
        }
        solver.Advance(fine, leg.Frames - known, frames.AsSpan(known * members * solver.Layout.Size));
        return (fine, frames);
    }

    private Trust[] Judge(double[] frames, float[] latents, int members)
    {
        var (size, latentSize) = (solver.Layout.Size, model.Reduction.LatentSize);
        var rows = latents.Length / latentSize;
        var decoded = new float[members * size]; // a frame at a time stays in the cache
        var squares = new double[members];
        var excess = new float[members];
        for (var r = 0; r < rows; r++)
        {
            if (r % members == 0)
                model.Reduction.Decode(latents.AsSpan(r * latentSize, members * latentSize), decoded);
            squares[r % members] += model.Reduction.MeanSquaredError(frames.AsSpan(r * size, size), decoded.AsSpan(r % members * size, size));
            excess[r % members] = MathF.Max(excess[r % members], model.Excess(latents.AsSpan(r * latentSize, latentSize)));
        }
        return [.. squares.Select((s, m) => new Trust((float)Math.Sqrt(s * members / rows), excess[m]))];
    }

    private LegResult Conclude(
        Cohort cohort, Leg leg, double[] fine, double[] frames, float[] latents, Trust[] trust, WorkTimes times)
    {
        var failures = cohort.Members.Select((member, p) => (p, Failure: Fault(frames, leg, p, cohort.Members.Length) is { } fault
            ? new MemberFailure(member, leg.Index, $"{leg.Phase} leg, frames {leg.First} to {leg.Last}: {fault}") : null)).ToArray();
        var alive = failures.Where(f => f.Failure is null).Select(f => f.p).ToArray();

        // The cohort as it stands after the leg, still with every member; Keep then drops the failed ones.
        var next = plan.Length > leg.Index + 1 ? plan[leg.Index + 1].Phase : (Phase?)null;
        var after = cohort with
        {
            Leg = leg.Index + 1,
            Frame = leg.Last,
            Pending = cohort.Pending + leg.Frames,
            Latents = [.. cohort.Latents, .. latents],
            Fields = [],
            Fine = next is Phase.Micro or Phase.Warmup ? fine : [],
        };
        if (leg.Index >= lastMacro) // no propagator will ask for the path
            after = after with { Pending = 1, Latents = latents[^(latents.Length / leg.Frames)..] };

        var record = cohort with { Pending = leg.Frames, Latents = latents, Memory = [], Fields = [], Fine = [] };
        var segment = new Segment(
            cohort.Id, leg, [.. alive.Select(p => cohort.Members[p])], record.Keep(alive).Latents,
            keepFields ? Kept(frames, leg.Frames, cohort.Members.Length, alive) : [],
            [.. alive.Select(p => trust[p])], [.. failures.Where(f => f.Failure is not null).Select(f => f.Failure!)]);
        return new LegResult(alive.Length > 0 ? after.Keep(alive) : null, segment, times);
    }

    private string? Fault(double[] frames, Leg leg, int position, int members)
    {
        var size = solver.Layout.Size;
        for (var f = 0; f < leg.Frames; f++)
            if (solver.Layout.Fault(frames.AsSpan((f * members + position) * size, size)) is { } fault)
                return $"frame {leg.First + f}: {fault}";
        return null;
    }

    private float[] Kept(double[] frames, int count, int members, int[] alive)
    {
        var size = solver.Layout.Size;
        var kept = FieldBuffers.Rent(count * alive.Length * size);
        for (var f = 0; f < count; f++)
            for (var i = 0; i < alive.Length; i++)
            {
                var (from, to) = ((f * members + alive[i]) * size, (f * alive.Length + i) * size);
                for (var j = 0; j < size; j++)
                    kept[to + j] = (float)frames[from + j];
            }
        return kept;
    }
}
