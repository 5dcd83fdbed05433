using System.Diagnostics;
using LedCluster.Actors;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Runs;

/// <summary>Frames of large members on their way from a worker into the store: a run that keeps its fields, with nothing to compute.</summary>
internal static class KeptFrames
{
    /// <summary>What the node is told instead of a setup.</summary>
    public const string Setup = "kept";

    private const int Members = 8, Last = 40;

    private static readonly LargeMembers Dynamics = new(1_000_000);

    private static readonly RunSpec Spec = new()
    {
        Study = "kept", Members = Members, FinalTime = Last, WarmTime = 8, MacroTime = 0, MicroTime = 8, Lift = LiftRule.Equilibrium, Save = SaveRule.Fields,
        Seed = 0, InitialConditions = "mean", ModelHash = "none", Version = "bench",
    };

    /// <summary>Bytes of all kept frames.</summary>
    public static long Bytes => (long)Members * (Last + 1) * Dynamics.Layout.Size * sizeof(float);

    /// <summary>The workers of a process.</summary>
    public static RunWorkers Workers()
    {
        var (plan, model, clock) = (LedCycle.Plan(Spec.Schedule(Dynamics.Layout)), new EffectiveModel(Dynamics, Dynamics, [0f], [1f]), new ThreadClock());
        return new RunWorkers(
            new MicroWorker(Dynamics, model, plan, LiftRule.Equilibrium, keepFields: true, clock),
            new LatentWorker(model, plan, Dynamics.Layout.Size, clock, keepFields: true));
    }

    /// <summary>Seconds of a run, until all frames are on stable storage.</summary>
    public static double Seconds(Action<EngineJob> run) => In(directory =>
    {
        var decoder = new MemberDecoder(Dynamics, new ParameterTable([], 0));
        using var recorder = RunRecorder.Open(RunDirectory.Create(directory, Spec), Dynamics.Layout, decoder, TimeProvider.System);
        var (plan, workers) = (recorder.Output.Plan, Workers());
        var cohorts = Enumerable.Range(0, Members).Select(m => Cohort.Start([m], new double[Dynamics.Layout.Size]));
        run(new EngineJob(cohorts, plan, workers.Micro, workers.Latent, recorder, new ExecutionOptions { CohortSize = 1, Workers = 2 }));
        recorder.Flush();
        if (recorder.Restore().Finished.Length != Members)
            throw new InvalidOperationException("Not all members were recorded.");
    });

    /// <summary>The floor: seconds until as many bytes, written to one file, are on stable storage.</summary>
    public static double SecondsOfWriting() => In(directory =>
    {
        using var file = File.OpenHandle(Path.Combine(Directory.CreateDirectory(directory).FullName, "bytes"), FileMode.CreateNew, FileAccess.Write);
        var block = new byte[Dynamics.Layout.Size * sizeof(float)];
        for (long at = 0; at < Bytes; at += block.Length)
            RandomAccess.Write(file, block, at);
        RandomAccess.FlushToDisk(file);
    });

    private static double In(Action<string> work)
    {
        var directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var start = Stopwatch.GetTimestamp();
            work(directory);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
