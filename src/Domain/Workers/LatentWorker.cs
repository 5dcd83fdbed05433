using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Runs macro legs: warms the recurrent state with the latents on hand, propagates on latents alone, and lifts when the
/// micro solver is next. Cohorts that wait for the same leg shape run as one batch. A pure function of the cohorts.
/// </summary>
/// <param name="model">The effective model.</param>
/// <param name="plan">All legs of the run.</param>
/// <param name="fieldSize">Numbers C·X per frame of the fields.</param>
/// <param name="clock">Where cost is read from.</param>
public sealed class LatentWorker(EffectiveModel model, ImmutableArray<Leg> plan, int fieldSize, IWorkClock clock)
{
    /// <summary>Cohorts may share a batch when these agree: latents to consume, frames to run, and whether to lift at the end.</summary>
    public (int Pending, int Frames, bool Lifts) Shape(Cohort cohort) => (
        cohort.Pending, plan[cohort.Leg].Frames, cohort.Leg + 1 < plan.Length && plan[cohort.Leg + 1].Phase == Phase.Micro);

    /// <summary>Runs the next leg of every cohort, all of one <see cref="Shape"/>, as one batch.</summary>
    /// <returns>One result per cohort, in order.</returns>
    public IReadOnlyList<LegResult> Run(IReadOnlyList<Cohort> cohorts)
    {
        var (pending, frames, lifts) = Shape(cohorts[0]);
        var (latentSize, memorySize) = (model.Reduction.LatentSize, model.Propagator.MemorySize);
        var members = cohorts.Sum(c => c.Members.Length);
        var meter = new WorkMeter(clock);

        var known = new float[pending * members * latentSize];
        var memory = new float[members * memorySize];
        for (int i = 0, first = 0; i < cohorts.Count; first += cohorts[i++].Members.Length)
        {
            CopyBlocks(cohorts[i].Latents, known, pending, cohorts[i].Members.Length, members, first, latentSize, gather: true);
            cohorts[i].Memory.CopyTo(memory, first * memorySize);
        }
        var row = members * latentSize;
        var path = new float[frames * row];
        model.Propagator.Feed(known.AsSpan(0, (pending - 1) * row), members, memory);
        model.Propagator.Run(known.AsSpan((pending - 1) * row, row), members, memory, path);
        meter.Book(Work.Latent);

        var lifted = new float[lifts ? members * fieldSize : 0];
        if (lifted.Length > 0)
            model.Reduction.Decode(path.AsSpan(path.Length - row), lifted);
        meter.Book(Work.Decode);

        var results = new List<LegResult>(cohorts.Count);
        for (int i = 0, first = 0; i < cohorts.Count; first += cohorts[i++].Members.Length)
            results.Add(Conclude(cohorts[i], first, members, memory, path, lifted, i == 0 ? meter.Times : new WorkTimes()));
        return results;
    }

    private LegResult Conclude(
        Cohort cohort, int first, int members, float[] memory, float[] path, float[] lifted, WorkTimes times)
    {
        var leg = plan[cohort.Leg];
        var (latentSize, memorySize, own) = (model.Reduction.LatentSize, model.Propagator.MemorySize, cohort.Members.Length);
        var latents = new float[leg.Frames * own * latentSize];
        CopyBlocks(path, latents, leg.Frames, own, members, first, latentSize, gather: false);

        var after = cohort with
        {
            Leg = leg.Index + 1,
            Frame = leg.Last,
            Pending = 1,
            Latents = latents[^(own * latentSize)..],
            Memory = memory.AsSpan(first * memorySize, own * memorySize).ToArray(),
            Fields = lifted.Length == 0 ? [] : Array.ConvertAll(lifted[(first * fieldSize)..((first + own) * fieldSize)], x => (double)x),
            Fine = [],
        };
        var trust = Enumerable.Range(0, own).Select(m => new Trust(float.NaN, Excess(latents, leg.Frames, own, m))).ToArray();
        var alive = Enumerable.Range(0, own).Where(m => float.IsFinite(trust[m].Excess)).ToArray();
        var failures = Enumerable.Range(0, own).Except(alive).Select(m => new MemberFailure(
            cohort.Members[m], leg.Index, $"Macro leg, frames {leg.First} to {leg.Last}: {model.Propagator.Failure}"));
        var record = cohort with { Pending = leg.Frames, Latents = latents, Memory = [], Fields = [], Fine = [] };
        var segment = new Segment(
            cohort.Id, leg, [.. alive.Select(m => cohort.Members[m])], record.Keep(alive).Latents, [],
            [.. alive.Select(m => trust[m])], [.. failures]);
        return new LegResult(alive.Length > 0 ? after.Keep(alive) : null, segment, times);
    }

    private float Excess(float[] latents, int frames, int members, int member)
    {
        var worst = 0f;
        for (var f = 0; f < frames; f++)
        {
            var latent = latents.AsSpan((f * members + member) * model.Reduction.LatentSize, model.Reduction.LatentSize);
            worst = MathF.Max(worst, model.Excess(latent));
        }
        return worst;
    }

    /// <summary>Copies [blocks, own, row] into or out of columns [first, first + own) of [blocks, all, row].</summary>
    private static void CopyBlocks(float[] from, float[] to, int blocks, int own, int all, int first, int row, bool gather)
    {
        for (var b = 0; b < blocks; b++)
        {
            var (narrow, wide) = (b * own * row, (b * all + first) * row);
            Array.Copy(from, gather ? narrow : wide, to, gather ? wide : narrow, own * row);
        }
    }
}
