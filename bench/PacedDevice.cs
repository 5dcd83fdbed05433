using System.Collections.Concurrent;
using System.Diagnostics;
using LedCluster.Actors;
using LedCluster.Actors.Deployment;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

/// <summary>
/// How much of the time a device of a given rate would be busy: the engine with a propagator in the device's place that sleeps for as long as the device
/// would compute, and uses no CPU. Legs of 200 frames of members with two latents and the memory of an LSTM with H = 32; results are given back, not written.
/// </summary>
internal sealed class PacedDevice(double nanoseconds, int batch) : IPropagator
{
    private const int Frames = LedCycle.MostFrames, Legs = 40;

    private readonly ConcurrentBag<Arrays> free = [];
    private double seconds;
    private int runs;

    public int LatentSize => 2;

    public int MemorySize => 64;

    public int? DeviceBatch => batch;

    /// <summary>Measures.</summary>
    /// <param name="nanoseconds">Nanoseconds per member and step on the device.</param>
    /// <param name="part">The batch of 65,536 is divided by it.</param>
    /// <param name="cohortSize">Members of a cohort.</param>
    public static void Run(double nanoseconds, int part, int cohortSize)
    {
        var device = new PacedDevice(nanoseconds, 65_536 / part);
        var (model, clock, members) = (new EffectiveModel(new NoFields(), device, [-1, -1], [1, 1]), new ThreadClock(), 3 * 65_536 / part);
        var plan = Enumerable.Range(0, Legs).Select(i => new Leg(i, Phase.Macro, 1 + i * Frames, Frames)).ToArray();
        var cohorts = Enumerable.Range(0, members).Chunk(cohortSize).Select(own => Cohort.Start([.. own], []) with
        {
            Frame = 0, Pending = 1, Latents = new float[own.Length * 2], Memory = new float[own.Length * 64],
        });
        for (var repetition = 0; repetition < 3; repetition++) // the first ones warm up
        {
            (device.seconds, device.runs) = (0, 0);
            var (start, cpu) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            var micro = new MicroWorker(null!, model, [.. plan], LiftRule.Equilibrium, keepFields: false, clock);
            var options = new ExecutionOptions { CohortSize = cohortSize };
            new LocalEngine().Run(
                new EngineJob(cohorts, [.. plan], micro, new LatentWorker(model, [.. plan], 202, clock), new Discarded(), options), CancellationToken.None);
            var (wall, steps) = (Stopwatch.GetElapsedTime(start), (double)members * Frames * Legs);
            var used = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            if (repetition == 2)
                Console.WriteLine(
                    $"{nanoseconds} ns on the device per member and step, {members} members in cohorts of {cohortSize} and batches of {device.DeviceBatch}: "
                    + $"{wall.TotalNanoseconds / steps:F2} ns of wall clock, {used.TotalNanoseconds / steps:F2} ns of CPU; "
                    + $"the device busy for {100 * device.seconds / wall.TotalSeconds:F0} % of the time in {device.runs} batches");
        }
    }

    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory) => throw new NotSupportedException();

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => throw new NotSupportedException();

    public LegArrays Rent(int known, int members, int steps)
    {
        var arrays = free.TryTake(out var used) && used.Fits(known, members, steps) ? used : new Arrays(known, members, steps);
        return new Lent(this, arrays, known, members, steps);
    }

    public void FeedAndRun(LegArrays arrays, in StepContext context, Span<float> series)
    {
        var start = Stopwatch.GetTimestamp();
        var end = nanoseconds * 1e-9 * Frames * batch; // however few members the batch has, as with libtorch
        for (double left; (left = end - Stopwatch.GetElapsedTime(start).TotalSeconds) > 0;)
            Thread.Sleep(TimeSpan.FromSeconds(left));
        (seconds, runs) = (seconds + Stopwatch.GetElapsedTime(start).TotalSeconds, runs + 1);
    }

    private sealed record Arrays(float[] Latents, float[] Memory, float[] Path)
    {
        public Arrays(int known, int members, int steps) : this(new float[2 * known * members], new float[64 * members], new float[2 * steps * members])
        {
        }

        public bool Fits(int known, int members, int steps) =>
            Latents.Length >= 2 * known * members && Memory.Length >= 64 * members && Path.Length >= 2 * steps * members;
    }

    private sealed class Lent(PacedDevice device, Arrays arrays, int known, int members, int steps) : LegArrays
    {
        public override Span<float> Latents => arrays.Latents.AsSpan(0, 2 * known * members);

        public override Span<float> Memory => arrays.Memory.AsSpan(0, 64 * members);

        public override Span<float> Path => arrays.Path.AsSpan(0, 2 * steps * members);

        public override void Dispose()
        {
            device.free.Add(arrays);
            base.Dispose();
        }
    }

    private sealed class NoFields : IReduction
    {
        public int LatentSize => 2;

        public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => throw new NotSupportedException();

        public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context) => throw new NotSupportedException();

        public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => throw new NotSupportedException();
    }

    private sealed class Discarded : IRecorder
    {
        public void Record(LegResult result) => FieldBuffers.Return(result.Segment);

        public void Flush()
        {
        }
    }
}
