using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Embedded;

/// <summary>
/// The engine for one machine: micro-solver and latent-propagator actors on threads of their own, with bounded mailboxes
/// between them.
/// </summary>
public sealed class EmbeddedEngine : IEngine
{
    /// <summary>Cohorts in flight per worker: one at work, the others on their way or waiting to be batched.</summary>
    private const int CohortsPerWorker = 4;

    /// <inheritdoc />
    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        var workers = job.Options.Workers;
        var window = CohortsPerWorker * workers;

        // As no more than `window` cohorts are in flight, no mailbox ever fills and no two actors can wait for each other.
        using var microWatch = new RoleWatch("micro");
        using var latentWatch = new RoleWatch("latent");
        using var micro = new Mailbox<Cohort>(window, microWatch, cohort => cohort.Members.Length);
        using var latent = new Mailbox<Cohort>(window, latentWatch, cohort => cohort.Members.Length);
        using var replies = new Mailbox<IReply>(window);
        var threads = Enumerable.Range(0, workers).SelectMany(w => new[]
        {
            Start($"micro-solver-{w}", new MicroSolverActor(job.Micro, micro, replies).Run),
            Start($"latent-propagator-{w}", new LatentPropagatorActor(job.Latent, latent, replies).Run),
        }).ToArray();
        try
        {
            return new Coordinator(job, micro, latent, replies, window).Run(cancel);
        }
        finally
        {
            micro.Close();
            latent.Close();
            foreach (var thread in threads)
                thread.Join();
        }
    }

    private static Thread Start(string name, ThreadStart run)
    {
        var thread = new Thread(run) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }
}
