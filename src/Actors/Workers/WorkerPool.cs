using System.Diagnostics;
using Akka.Actor;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Workers;

/// <summary>How workers get at what does not travel as a message.</summary>
internal interface IRunSource
{
    /// <summary>The workers of a run; each run's are built once, whoever asks.</summary>
    Task<RunWorkers> WorkersAsync(RunAnnounced run);

    /// <summary>The state of a cohort that was too large for a message.</summary>
    Task<Cohort> CohortAsync(RunAnnounced run, LegTask task);

    /// <summary>Largest outcome that is sent as a message, in bytes.</summary>
    long LargestMessage { get; }

    /// <summary>Hands over a larger one; returns when the coordinator has it, or is known to be gone.</summary>
    Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over);
}

/// <summary>An order at a node.</summary>
/// <param name="Workers">Who can run it.</param>
/// <param name="Run">Its run.</param>
/// <param name="Router">Who gets the outcome.</param>
/// <param name="Number">Number of the order.</param>
/// <param name="Task">What is to be run.</param>
/// <param name="Received">When it came, as a timestamp.</param>
/// <param name="Over">Cancelled when nobody waits for the outcome any more: another coordinator has the run, or it has ended.</param>
internal sealed record Delivery(RunWorkers Workers, RunAnnounced Run, IActorRef Router, int Number, LegTask Task, long Received, CancellationToken Over)
{
    /// <summary>Whether the state was fetched for this order, so that nobody else reads its arrays.</summary>
    public bool IsFetched { get; init; }
}

/// <summary>
/// The workers of one role on a node: orders that wait, and actors that run them. Holds nothing that anybody would miss.
/// </summary>
internal sealed class WorkerPool : UntypedActor, IWithTimers
{
    /// <summary>Names of the two pools of a node, where runs are announced to.</summary>
    public const string MicroName = "micro", LatentName = "latent";

    /// <summary>Finish the legs in hand and take no more; answered with <see cref="Drained"/>.</summary>
    public sealed record Drain;

    /// <summary>Every leg in hand is finished, and its outcome handed over.</summary>
    public sealed record Drained;

    /// <summary>After a failed build; a full disk, for example, may have been emptied meanwhile.</summary>
    private static readonly TimeSpan BuildPause = TimeSpan.FromSeconds(30);

    /// <summary>After a state could not be fetched, before the order is given back.</summary>
    private static readonly TimeSpan FetchPause = TimeSpan.FromSeconds(1);

    private sealed record Built(RunAnnounced Run, IActorRef Router, RunWorkers? Workers, string? Error);

    private sealed record Fetched(Delivery Delivery, Cohort? Cohort, string? Error);

    private sealed record TryAgain(string SetupHash);

    private sealed record GivenUp(Delivery Delivery);

    private sealed record Joined(RunWorkers Workers, RunAnnounced Run, IActorRef Router)
    {
        /// <summary>Cancelled when its coordinator has no use for outcomes any more.</summary>
        public CancellationTokenSource Over { get; init; } = new();
    }

    private readonly bool latent;
    private readonly NodeOptions options;
    private readonly IRunSource source;
    private readonly RoleWatch load;
    private readonly Action<string> log;
    private readonly int capacity;
    private readonly Dictionary<string, Joined> runs = [];
    private readonly HashSet<string> building = []; // setup hashes; or not to be tried again yet
    private readonly List<Delivery> fetching = [];
    private readonly HeldOrders held;
    private readonly Action<DeviceLostException> lost;
    private IActorRef? drainedTo;
    private bool isClosed; // takes no more orders

    /// <summary>Starts the workers.</summary>
    public WorkerPool(bool latent, NodeOptions options, IRunSource source, RoleWatch load, Action<string> log, Action<DeviceLostException> lost)
    {
        (this.latent, this.options, this.source, this.load, this.log, this.lost) = (latent, options, source, load, log, lost);
        var workers = latent ? options.LatentWorkers : options.MicroWorkers;
        capacity = workers * (latent ? options.LatentPrefetch : options.MicroPrefetch);
        held = new HeldOrders(latent);
        var worker = Props.Create(() => new LegWorker(latent, options, held, source, load)).WithDispatcher(Dispatchers.Pinned);
        for (var w = 0; w < workers; w++)
            Context.ActorOf(worker, $"worker-{w}").Tell(LegWorker.Next.Instance);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            // Announced once a second: join the run, or tell its router what is in hand.
            case RunAnnounced announced:
                Heard(announced);
                break;

            case Built built:
                Join(built);
                break;

            case TryAgain(var hash):
                building.Remove(hash);
                break;

            case RunEnded ended:
                if (runs.TryGetValue(ended.Run, out var over) && over.Run.Epoch <= ended.Epoch && runs.Remove(ended.Run))
                {
                    Drop(over);
                    log($"{options.Name} is done with run {ended.Run}");
                }
                break;

            case RunLegs(var orders):
                foreach (var order in orders)
                    Take(order);
                break;

            case Fetched fetched:
                Fetch(fetched);
                break;

            case GivenUp(var delivery):
                delivery.Router.Tell(new OrdersReturned([delivery.Number]));
                break;

            case LegWorker.HandedOver(var delivery, var error) when error is not null:
                log($"{options.Name} could not hand over leg {delivery.Task.Leg.Index} of {delivery.Task.Id}: {error}");
                delivery.Router.Tell(new OrdersReturned([delivery.Number]));
                held.Done(delivery);
                break;

            case OrdersWithdrawn withdrawn:
                GiveBack(d => d.Task.Run.Value == withdrawn.Run);
                break;

            case Drain:
                drainedTo = Sender;
                Close();
                break;

            case LegWorker.DeviceLost(var taken, var error):
                Close();
                foreach (var delivery in taken)
                {
                    delivery.Router.Tell(new OrdersReturned([delivery.Number]));
                    held.Done(delivery);
                }
                lost(error);
                break;
        }
        if (drainedTo is not null && held.IsQuiet)
            drainedTo.Tell(new Drained());
    }

    /// <summary>Tells all runs that there is no room any more, and gives back what waits.</summary>
    private void Close()
    {
        isClosed = true;
        foreach (var run in runs.Values)
            Tell(run);
        GiveBack(_ => true);
    }

    private void Heard(RunAnnounced announced)
    {
        if (runs.TryGetValue(announced.Run, out var run) && run.Run.SetupHash == announced.SetupHash)
        {
            if (announced.Epoch > run.Run.Epoch) // the earlier coordinator is gone, and with it all that it ordered
            {
                Drop(run);
                Tell(runs[announced.Run] = new Joined(run.Workers, announced, Sender));
            }
            else if (announced.Epoch == run.Run.Epoch)
            {
                Tell(runs[announced.Run] = run with { Run = announced, Router = Sender });
            }
            return;
        }
        if (building.Add(announced.SetupHash))
        {
            var router = Sender;
            source.WorkersAsync(announced).PipeTo(
                Self, Self, workers => new Built(announced, router, workers, null),
                error => new Built(announced, router, null, error.GetBaseException().Message));
        }
    }

    private void Join(Built built)
    {
        if (built.Workers is not { } workers)
        {
            log($"{options.Name} cannot work for run {built.Run.Run}: {built.Error}");
            built.Router.Tell(new RunRefused(options.Name, $"{built.Error}"));
            Timers.StartSingleTimer(built.Run.SetupHash, new TryAgain(built.Run.SetupHash), BuildPause);
            return;
        }
        building.Remove(built.Run.SetupHash);
        if (!runs.ContainsKey(built.Run.Run))
            log($"{options.Name} works for run {built.Run.Run} ({(latent ? LatentName : MicroName)})");
        Tell(runs[built.Run.Run] = new Joined(workers, built.Run, built.Router));
    }

    private void Tell(Joined run)
    {
        var (waiting, atWork) = held.Of(run.Router);
        int[] fetched = [.. fetching.Where(d => d.Router.Equals(run.Router)).Select(d => d.Number)];
        var (room, batch) = isClosed ? (0, 0) : (Room(run.Workers), Batch(run.Workers));
        run.Router.Tell(new WorkersReady(options.Name, latent, room, [.. fetched, .. waiting, .. atWork], atWork) { Batch = batch });
    }

    /// <summary>Orders that fit: of cohorts of one member, those of as many batches as a device keeps in hand.</summary>
    private int Room(RunWorkers workers) => Math.Max(capacity, WorkRules.BatchesInHand * Batch(workers));

    /// <summary>Members that the node's device computes at a time; 0 without one.</summary>
    private int Batch(RunWorkers workers) => latent ? workers.Latent.DeviceBatch ?? 0 : 0;

    private void Take(Order order)
    {
        var task = order.Task;
        if (!runs.TryGetValue(task.Run.Value, out var run) || task.Epoch != run.Run.Epoch)
            return; // of a coordinator that is gone
        if (isClosed)
        {
            Sender.Tell(new OrdersReturned([order.Number]));
            return;
        }
        var delivery = new Delivery(run.Workers, run.Run, Sender, order.Number, task, Stopwatch.GetTimestamp(), run.Over.Token);
        load.Sent();
        if (task.Cohort is not null)
        {
            Hold(delivery);
            return;
        }
        fetching.Add(delivery);
        source.CohortAsync(run.Run, task).PipeTo(
            Self, Self, cohort => new Fetched(delivery, cohort, null),
            error => new Fetched(delivery, null, error.GetBaseException().Message));
    }

    private void Fetch(Fetched fetched)
    {
        var delivery = fetched.Delivery;
        if (!fetching.Remove(delivery))
            return; // given back meanwhile
        if (fetched.Cohort is { } cohort)
        {
            Hold(delivery with { Task = delivery.Task with { Cohort = cohort }, IsFetched = true });
            return;
        }
        log($"{options.Name} could not fetch {delivery.Task.Id}: {fetched.Error}");
        load.Left(1);
        Timers.StartSingleTimer(delivery, new GivenUp(delivery), FetchPause);
    }

    /// <summary>A coordinator wants nothing any more.</summary>
    private void Drop(Joined run)
    {
        run.Over.Cancel();
        Remove(delivery => delivery.Over.IsCancellationRequested);
    }

    private void Hold(Delivery delivery) => held.Add(delivery)?.Tell(LegWorker.Next.Instance);

    private void GiveBack(Predicate<Delivery> which)
    {
        foreach (var own in Remove(which).GroupBy(d => d.Router))
            own.Key.Tell(new OrdersReturned([.. own.Select(d => d.Number)]));
    }

    /// <summary>Takes out orders that no worker has taken.</summary>
    private Delivery[] Remove(Predicate<Delivery> which)
    {
        Delivery[] removed = [.. held.Remove(which), .. fetching.Where(d => which(d))];
        fetching.RemoveAll(which);
        load.Left(removed.Length);
        return removed;
    }
}
