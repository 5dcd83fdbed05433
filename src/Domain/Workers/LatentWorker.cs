using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Runs macro legs: warms the recurrent state with the latents on hand and propagates on latents alone. Cohorts that wait
/// for the same leg shape run as one batch. A pure function of the cohorts.
/// </summary>
/// <param name="model">The effective model.</param>
/// <param name="plan">All legs of the run.</param>
/// <param name="fieldSize">Numbers C·X per frame of the fields.</param>
/// <param name="clock">Where cost is read from.</param>
/// <param name="keepFields">Whether segments carry the decoded fields.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="diagnostics">
/// The system's diagnostics, if it has any: then fields are decoded for those that are derived from them, even if they are not kept.
/// </param>
/// <param name="precision">Number format of kept fields.</param>
/// <param name="schedules">The parameters that change in time, if any do; then members of different frames are not batched.</param>
public sealed class LatentWorker(
    EffectiveModel model, ImmutableArray<Leg> plan, int fieldSize, IWorkClock clock, bool keepFields = false, ulong seed = 0,
    Diagnostics? diagnostics = null, ParameterSchedules? schedules = null, KeptPrecision precision = KeptPrecision.Float32)
{
    /// <summary>Bytes that a member in flight may take.</summary>
    public long MemberBytes => LedCycle.MemberBytes(fieldSize, keepFields);

    /// <summary>Members that a device computes at a time; null on the processor.</summary>
    public int? DeviceBatch => model.Propagator.DeviceBatch;

    /// <summary>Members beyond which a larger batch is not more efficient and only delays other legs.</summary>
    public int LargestBatch => DeviceBatch ?? 1024;

    /// <summary>Cohorts may share a batch when these agree: latents to consume, frames to run, and the frame where it matters, else −1.</summary>
    public (int Pending, int Frames, int Frame) Shape(Cohort cohort) =>
        (cohort.Pending, plan[cohort.Leg].Frames, model.Propagator.DependsOnFrame || schedules is not null ? cohort.Frame : -1);

    /// <summary>Advances every cohort by its next leg, all of one <see cref="Shape"/>, as one batch.</summary>
    /// <param name="cohorts">The cohorts.</param>
    /// <param name="threads">Threads that may gather what the batch needs.</param>
    /// <returns>
    /// What makes a cohort's result, by its place in the list: to be called once for each, by any thread. Fields are decoded only then, so that
    /// one result can be handed on before the next takes memory.
    /// </returns>
    public Func<int, LegResult> Run(IReadOnlyList<Cohort> cohorts, int threads = 1)
    {
        var (pending, frames, frame) = Shape(cohorts[0]);
        var (firsts, members) = (new int[cohorts.Count], 0);
        for (var i = 0; i < firsts.Length; members += cohorts[i++].Members.Length)
            firsts[i] = members;
        var meter = new WorkMeter(clock);
        var arrays = model.Propagator.Rent(pending, members, frames);
        var (all, parameters) = (new int[members], new double[cohorts.Sum(c => c.Parameters.Length)]);
        if (threads > 1 && cohorts.Count > 1)
            Parallel.For(0, cohorts.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, Gather);
        else
            for (var i = 0; i < cohorts.Count; i++)
                Gather(i);
        var told = new float[frames * members * (diagnostics?.Predictions ?? 0)];
        var context = new StepContext(seed, all, -1, parameters) { Schedules = schedules };
        if (frame >= 0)
            context = context.At(frame - pending + 1);
        model.Propagator.FeedAndRun(arrays, context, told);
        meter.Book(Work.Latent);
        var (shared, left) = (meter.Times, cohorts.Count);

        return i =>
        {
            var meter = new WorkMeter(clock);
            try
            {
                var result = Conclude(cohorts[i], firsts[i], members, arrays, told, meter);
                return result with { Times = i == 0 ? shared + meter.Times : meter.Times };
            }
            finally
            {
                if (Interlocked.Decrement(ref left) == 0)
                    arrays.Dispose();
            }
        };

        void Gather(int i)
        {
            var (cohort, own, p) = (cohorts[i], cohorts[i].Members.Length, parameters.Length / members);
            cohort.Members.CopyTo(all, firsts[i]);
            cohort.Parameters.CopyTo(parameters, firsts[i] * p);
            MemberBlocks.Copy(cohort.Latents, (own, 0), arrays.Latents, (members, firsts[i]), pending, own, model.Reduction.LatentSize);
            var memory = arrays.Memory.Slice(firsts[i] * model.Propagator.MemorySize, own * model.Propagator.MemorySize);
            if (cohort.Memory.Length > 0)
                cohort.Memory.CopyTo(memory);
            else
                memory.Clear();
        }
    }

    private LegResult Conclude(Cohort cohort, int first, int members, LegArrays arrays, float[] told, WorkMeter meter)
    {
        var leg = plan[cohort.Leg];
        var (latentSize, memorySize, own) = (model.Reduction.LatentSize, model.Propagator.MemorySize, cohort.Members.Length);
        var latents = FieldBuffers.RentLatents(leg.Frames * own * latentSize);
        MemberBlocks.Copy(arrays.Path, (members, first), latents, (own, 0), leg.Frames, own, latentSize);

        var after = cohort with
        {
            Leg = leg.Index + 1,
            Frame = leg.Last,
            Pending = 1,
            Latents = latents[^(own * latentSize)..],
            Memory = arrays.Memory.Slice(first * memorySize, own * memorySize).ToArray(),
            Fields = [],
            Fine = [],
        };
        var trust = Array.ConvertAll(model.Excess(latents, own), excess => new Trust(float.NaN, excess));
        var alive = Enumerable.Range(0, own).Where(m => float.IsFinite(trust[m].Excess)).ToArray();
        var failures = Enumerable.Range(0, own).Where(m => !float.IsFinite(trust[m].Excess)).Select(m => new MemberFailure(
            cohort.Members[m], leg.Index, $"Macro leg, frames {leg.First} to {leg.Last}: {model.Propagator.Failure}"));
        var kept = (cohort with { Pending = leg.Frames, Latents = latents, Memory = [], Fields = [], Fine = [] }).Keep(alive).Latents;
        var context = cohort.Keep(alive).Context(seed, schedules).At(leg.First);
        var segment = new Segment(
            cohort.Id, leg, [.. alive.Select(m => cohort.Members[m])], kept, keepFields ? Decoded(kept, meter, context) : [],
            [.. alive.Select(m => trust[m])], [.. failures]);
        if (diagnostics is not null) // of the fields as they were decoded
        {
            var predicted = new float[leg.Frames * own * diagnostics.Predictions];
            MemberBlocks.Copy(told, (members, first), predicted, (own, 0), leg.Frames, own, diagnostics.Predictions);
            var series = Diagnosed(segment, Cohort.Rows(predicted, leg.Frames, own, alive), meter, context);
            segment = segment with { SeriesNames = diagnostics.Names, Series = series };
        }
        if (keepFields && precision == KeptPrecision.Float64)
            segment = Widened(segment);
        return new LegResult(alive.Length > 0 ? after.Keep(alive) : null, segment, new WorkTimes());
    }

    private static Segment Widened(Segment segment)
    {
        var wide = FieldBuffers.Rent<double>(segment.Fields.Length);
        for (var i = 0; i < wide.Length; i++)
            wide[i] = segment.Fields[i];
        FieldBuffers.Return(segment.Fields);
        return segment with { Fields = [], WideFields = wide };
    }

    private float[] Decoded(float[] latents, WorkMeter meter, in StepContext context)
    {
        meter.Start();
        var fields = FieldBuffers.Rent<float>(checked(latents.Length / model.Reduction.LatentSize * fieldSize));
        DecodedRows.Decode(model.Reduction, latents, fields, context);
        meter.Book(Work.Decode);
        return fields;
    }

    /// <summary>Diagnostics [frames, M, D] of the decoded fields, which are decoded a few at a time if they are not kept.</summary>
    private float[] Diagnosed(Segment segment, float[] predicted, WorkMeter meter, in StepContext context)
    {
        meter.Start();
        var (d, p, rows) = (diagnostics!.Names.Length, diagnostics.Predictions, segment.Latents.Length / model.Reduction.LatentSize);
        var (series, single, exact) = (new float[rows * d], Array.Empty<float>(), Array.Empty<double>());
        for (int row = 0, count; row < rows; row += count)
        {
            count = DecodedRows.Next(row, rows - row, fieldSize, context, out var own);
            var latents = segment.Latents.AsSpan(row * model.Reduction.LatentSize, count * model.Reduction.LatentSize);
            var told = predicted.AsSpan(row * p, count * p);
            if (!diagnostics.NeedsFields)
            {
                diagnostics.Compute([], latents, series.AsSpan(row * d, count * d), own, told);
                continue;
            }
            if (exact.Length < count * fieldSize)
                (single, exact) = (new float[count * fieldSize], new double[count * fieldSize]);
            ReadOnlySpan<float> fields = segment.Fields.Length > 0
                ? segment.Fields.AsSpan(row * fieldSize, count * fieldSize) : single.AsSpan(0, count * fieldSize);
            if (segment.Fields.Length == 0)
                model.Reduction.Decode(latents, single.AsSpan(0, count * fieldSize), own);
            for (var i = 0; i < fields.Length; i++)
                exact[i] = fields[i];
            diagnostics.Compute(exact.AsSpan(0, fields.Length), latents, series.AsSpan(row * d, count * d), own, told);
        }
        meter.Book(Work.Decode);
        return series;
    }
}
