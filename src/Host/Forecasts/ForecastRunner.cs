using System.Collections.Immutable;
using System.Diagnostics;
using LedCluster.Actors;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Npy;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Cluster;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Npy;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Forecasts;

/// <summary>Carries a forecast to its end, from scratch or from where it stopped.</summary>
internal static class ForecastRunner
{
    /// <summary>Runs what is left of a run.</summary>
    /// <param name="setup">The run.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="engine">What carries the cohorts.</param>
    /// <param name="retryFailed">Whether members that had failed get another chance.</param>
    /// <param name="progress">Told how far the run has come, members of earlier sessions included.</param>
    /// <param name="cancel">Stops within one leg.</param>
    /// <param name="damaged">Members whose output is damaged, ascending: they start anew.</param>
    public static ForecastResult Run(
        ForecastSetup setup, ExecutionOptions options, EngineChoice engine, bool retryFailed, Action<ForecastProgress>? progress, CancellationToken cancel,
        ImmutableArray<int> damaged = default)
    {
        if (engine.IsLocal && setup.Spec.LatentArithmetic is { } arithmetic && setup.LatentModel is null)
        {
            throw new UserError($"The latents of '{setup.Directory.Path}' are computed with '{arithmetic}'. "
                + $"Continue the run with: led resume {setup.Directory.Path}");
        }
        var (watch, cpu) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        File.Delete(setup.Directory.MetricsPath); // it stands for a finished run
        using var recorder = RunRecorder.Open(setup.Directory, setup.Layout, setup.Decoder, TimeProvider.System);
        if (!damaged.IsDefaultOrEmpty)
            recorder.Repair(damaged);
        var state = recorder.Restore(retryFailed);
        var detail = $"{engine.Describe(options)}, cohorts of {options.CohortSize}";
        recorder.Append(state.HasBegun
            ? new RunResumed(
                state.Cohorts.Sum(c => c.Members.Length), state.Fresh.Length, state.Finished.Length, state.Failures.Length,
                recorder.CutBytes > 0 ? $"{detail}; removed {recorder.CutBytes} bytes of incomplete records" : detail)
            : new RunStarted(setup.Spec.Members, recorder.Output.Plan.Length, detail));

        var plan = LedCycle.Plan(setup.Schedule);
        var workers = setup.Workers(new ThreadClock());
        var counted = new CountingRecorder(new WatchedRecorder(recorder), plan, setup.Spec.Members, state);
        var job = new EngineJob(
            state.Cohorts.Concat(state.Fresh.Chunk(Math.Min(options.CohortSize, LedCycle.LargestCohort(setup.Layout.Size))).Select(members =>
                Cohort.Start([.. members], setup.InitialConditions.Fields(members), setup.InitialConditions.Parameters.Of(members)))),
            plan,
            workers.Micro,
            workers.Latent,
            counted,
            options)
        {
            Progress = progress is null ? null : p => progress(new(counted.MemberFrames, counted.SecondsLeft, p.Waits)),
        };
        var outcome = engine.Create(setup.Directory, options).Run(job, cancel);
        if (outcome.Cancelled)
            recorder.Cancel("stopped by request");
        else
            recorder.Complete(options.Workers);
        var failures = recorder.Failures;
        var (times, frames) = Work(setup.Directory);
        return new ForecastResult(
            setup.Directory.Path,
            state.Finished.Length + outcome.Progress.MembersDone,
            failures,
            times,
            frames,
            watch.Elapsed.TotalSeconds,
            (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds,
            outcome.Cancelled,
            state.HasBegun);
    }

    /// <summary>Writes all fields of a finished run as one array, [members, frames, channels, points], in the number format in which they are kept.</summary>
    public static void Export(ForecastSetup setup, string path)
    {
        using var store = ForecastStore.Open(setup.Directory.OutputPath);
        using var writer = NpyWriter.Create(
            path, [store.Members, store.Frames, setup.Layout.Channels.Length, setup.Layout.Points],
            store.Precision == KeptPrecision.Float64 ? NpyType.Float64 : NpyType.Float32);
        var source = store.Source(setup.Decoder);
        if (store.Precision == KeptPrecision.Float64)
            Each<double>((member, block) => store.ReadFields(member, 0, store.Frames, block), block => writer.Append(block));
        else
            Each<float>((member, block) => source([member], 0, store.Frames, block), block => writer.Append(block));
        writer.Complete();

        void Each<T>(Action<int, T[]> read, Action<T[]> append)
        {
            var block = new T[store.Frames * setup.Layout.Size];
            for (var member = 0; member < store.Members; member++)
            {
                read(member, block);
                append(block);
            }
        }
    }

    /// <summary>Work that all sessions of the run have booked in its journal, and the frames that it went into.</summary>
    private static (WorkTimes, MemberFrames) Work(RunDirectory directory)
    {
        var (times, all, micro) = (new WorkTimes(), 0L, 0L);
        foreach (var leg in Journal.Read(directory.JournalPath).Events.OfType<LegRecorded>().Where(leg => !leg.Recovered))
        {
            var frames = (long)leg.Frames * leg.Members.Indices.Length;
            (times, all, micro) = (times + leg.Times, all + frames, micro + (leg.Phase == Phase.Macro ? 0 : frames));
        }
        return (times, new MemberFrames(all, micro));
    }
}
