using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;

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
/// <param name="seed">Seed of the run.</param>
/// <param name="diagnostics">The system's diagnostics, if it has any.</param>
/// <param name="precision">Number format of kept fields.</param>
/// <param name="schedules">The parameters that change in time, if any do.</param>
public sealed class MicroWorker(
    IMicroSolver solver, EffectiveModel model, ImmutableArray<Leg> plan, LiftRule lift, bool keepFields, IWorkClock clock, ulong seed = 0,
    Diagnostics? diagnostics = null, ParameterSchedules? schedules = null, KeptPrecision precision = KeptPrecision.Float32)
{
    private readonly int lastMacro = plan.LastOrDefault(leg => leg.Phase == Phase.Macro) is { Frames: > 0 } macro ? macro.Index : -1;

    /// <summary>Runs the cohort's next leg, which must be a warm-up or micro leg.</summary>
    public LegResult Run(Cohort cohort)
    {
        var leg = plan[cohort.Leg];
        var meter = new WorkMeter(clock);
        var context = cohort.Context(seed, schedules);
        if (cohort is { Frame: >= 0, Fine.Length: 0, Fields.Length: 0 })
            cohort = cohort with { Fields = Lifted(cohort, context) };
        meter.Book(Work.Decode);
        var frames = new LegFrames(solver.Layout, model, leg, context.At(leg.First), keepFields ? precision : null, diagnostics, meter);
        var state = Advance(cohort, leg, frames, context);
        meter.Book(Work.Micro);
        return Conclude(cohort, leg, state, frames, meter.Times);
    }

    /// <summary>Fields [M, C·X] of the last frame, from its latents.</summary>
    private double[] Lifted(Cohort cohort, in StepContext context)
    {
        var (size, d, members) = (solver.Layout.Size, model.Reduction.LatentSize, cohort.Members.Length);
        var (fields, decoded, latents) = (new double[(long)members * size], Array.Empty<float>(), cohort.Latents.AsMemory(cohort.Latents.Length - members * d));
        for (int row = 0, count; row < members; row += count)
        {
            count = DecodedRows.Next(row, members - row, size, context, out var own);
            if (decoded.Length < count * size)
                decoded = new float[count * size];
            model.Reduction.Decode(latents.Span.Slice(row * d, count * d), decoded.AsSpan(0, count * size), own);
            for (var i = 0; i < count * size; i++)
                fields[(long)row * size + i] = decoded[i];
        }
        return fields;
    }

    /// <summary>The solver's state after the leg, whose frames go to the sink.</summary>
    private double[] Advance(Cohort cohort, Leg leg, LegFrames frames, in StepContext context)
    {
        if (cohort.Fine.Length == 0 && cohort.Fields.Length != (long)cohort.Members.Length * solver.Layout.Size)
            throw new ArgumentException(
                $"{cohort.Id} brings {cohort.Fields.Length} field values to {leg.Phase} leg {leg.Index}, "
                + $"expected {(long)cohort.Members.Length * solver.Layout.Size}.");
        var state = cohort.Fine.Length > 0 ? Copy(cohort.Fine) : solver.Lift(cohort.Fields, cohort.Frame < 0 ? LiftRule.Equilibrium : lift, context);
        if (cohort.Frame < 0)
            frames.Add(cohort.Fields); // frame 0 is the initial condition itself
        var left = leg.Last - context.Frame;
        if (left > 0)
            state = solver.AdvanceOnSchedule(state, left, frames, context);
        frames.End();
        return state;
    }

    private static double[] Copy(double[] fine)
    {
        var copy = FieldBuffers.Rent<double>(fine.Length);
        fine.CopyTo(copy, 0);
        return copy;
    }

    private LegResult Conclude(Cohort cohort, Leg leg, double[] state, LegFrames frames, WorkTimes times)
    {
        var failures = cohort.Members.Select((member, p) => (p, Failure: frames.Faults[p] is { } fault
            ? new MemberFailure(member, leg.Index, $"{leg.Phase} leg, frames {leg.First} to {leg.Last}: {fault}") : null)).ToArray();
        var alive = failures.Where(f => f.Failure is null).Select(f => f.p).ToArray();

        // The cohort as it stands after the leg, still with every member; Keep then drops the failed ones.
        var (latents, next) = (frames.Latents, plan.Length > leg.Index + 1 ? plan[leg.Index + 1].Phase : (Phase?)null);
        var after = cohort with
        {
            Leg = leg.Index + 1,
            Frame = leg.Last,
            Pending = cohort.Pending + leg.Frames,
            Latents = [.. cohort.Latents, .. latents],
            Fields = [],
            Fine = next is Phase.Micro or Phase.Warmup ? state : [],
        };
        if (leg.Index >= lastMacro) // no propagator will ask for the path
            after = after with { Pending = 1, Latents = latents[^(latents.Length / leg.Frames)..] };

        var trust = frames.Trust();
        var record = cohort with { Pending = leg.Frames, Latents = latents, Memory = [], Fields = [], Fine = [] };
        var segment = new Segment(
            cohort.Id, leg, [.. alive.Select(p => cohort.Members[p])], record.Keep(alive).Latents,
            (record with { Latents = frames.Fields }).Keep(alive).Latents,
            [.. alive.Select(p => trust[p])], [.. failures.Where(f => f.Failure is not null).Select(f => f.Failure!)])
        {
            WideFields = Cohort.Rows(frames.WideFields, leg.Frames, cohort.Members.Length, alive),
            SeriesNames = diagnostics?.Names ?? [],
            Series = (record with { Latents = frames.Series }).Keep(alive).Latents,
        };
        if (alive.Length < cohort.Members.Length) // the living have been copied
        {
            FieldBuffers.Return(frames.Fields);
            FieldBuffers.Return(frames.WideFields);
        }
        return new LegResult(alive.Length > 0 ? after.Keep(alive) : null, segment, times);
    }
}
