using System.Diagnostics;
using Akka.Actor;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Workers;

/// <summary>A micro solver or a latent propagator: runs legs, on a thread of its own.</summary>
internal sealed class LegWorker : UntypedActor
{
    /// <summary>Pool to worker, and worker to itself: run what is next.</summary>
    public sealed class Next
    {
        /// <summary>The only one.</summary>
        public static readonly Next Instance = new();
    }

    /// <summary>Worker to pool: nothing is left to do.</summary>
    public sealed record Idle;

    /// <summary>Worker to pool: a large outcome has been taken; or why not.</summary>
    public sealed record HandedOver(Delivery Delivery, string? Error);

    /// <summary>Worker to pool: the device has failed, and what was taken is not answered.</summary>
    public sealed record DeviceLost(Delivery[] Taken, DeviceLostException Error);

    /// <summary>The outcome of a leg that took less than this waits for the next one's, to travel with it, but no longer than so.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(0.2), LongestWait = TimeSpan.FromMilliseconds(5);

    private readonly bool latent;
    private readonly string node;
    private readonly HeldOrders held;
    private readonly IRunSource source;
    private readonly RoleWatch load;
    private readonly List<Delivery> unanswered = [];
    private readonly List<(Delivery Delivery, LegOutcome Outcome)> answers = []; // not sent yet; also the timer's, under its lock
    private readonly Timer overdue;
    private readonly IActorRef pool;
    private long lastAnswer;
    private Task lastHandedOver = Task.CompletedTask;

    public LegWorker(bool latent, string node, HeldOrders held, IRunSource source, RoleWatch load)
    {
        (this.latent, this.node, this.held, this.source, this.load) = (latent, node, held, source, load);
        pool = Context.Parent;
        overdue = new Timer(_ => SendAnswers());
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        SendAnswers();
        overdue.Dispose();
    }

    /// <summary>What this worker has taken is tried elsewhere, as its successor knows nothing of it.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var delivery in unanswered)
        {
            var failed = new LegFailed(delivery.Task.Cohort!, $"its worker failed with {reason.GetType().Name}") { IsMachines = true };
            delivery.Router.Tell(new LegOutcomes([Outcome(delivery, failed)]), pool);
            held.Done(delivery);
        }
        base.PreRestart(reason, message);
    }

    /// <inheritdoc />
    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        Self.Tell(Next.Instance);
    }

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        if (message is not Next)
            return;
        if (held.Take(Self) is not { Length: > 0 } batch)
        {
            SendAnswers();
            Context.Parent.Tell(new Idle());
            return;
        }
        unanswered.AddRange(batch);
        lastAnswer = Stopwatch.GetTimestamp();
        try
        {
            Run(batch);
        }
        catch (DeviceLostException error)
        {
            SendAnswers();
            pool.Tell(new DeviceLost([.. unanswered], error));
            unanswered.Clear();
            return;
        }
        catch (Exception error) // whatever a leg throws is an answer already; whoever waits for the others must hear of this, too
        {
            foreach (var delivery in unanswered.ToArray())
                Answer(delivery, LegRunner.Failed(delivery.Task.Cohort!, error));
        }
        Self.Tell(message);
    }

    private void Run(Delivery[] batch)
    {
        using var span = load.Begin();
        foreach (var delivery in batch)
            load.Taken(delivery.Received, delivery.Task.Members);
        if (!latent)
            foreach (var delivery in batch)
            {
                Answer(delivery, LegRunner.Run(delivery.Workers.Micro, delivery.Task.Cohort!));
                if (delivery.IsFetched)
                    FieldBuffers.Return(delivery.Task.Cohort!.Fine);
            }
        else
            foreach (var alike in batch.GroupBy(d => (d.Workers, d.Workers.Shape(d.Task))))
            {
                Delivery[] own = [.. alike];
                foreach (var (delivery, reply) in own.Zip(LegRunner.Run(alike.Key.Workers.Latent, [.. own.Select(d => d.Task.Cohort!)])))
                    Answer(delivery, reply);
            }
    }

    /// <summary>A large outcome goes while the next leg is run, but not two at once: memory is bounded, and a slow disk slows the workers down.</summary>
    private void Answer(Delivery delivery, IReply reply)
    {
        var outcome = Outcome(delivery, reply);
        var travels = source.LargestMessage == long.MaxValue || outcome.Size <= source.LargestMessage;
        unanswered.Remove(delivery); // from here on, nothing fails
        if (travels)
        {
            lock (answers)
                answers.Add((delivery, outcome));
            if (answers.Count == 1)
                overdue.Change(LongestWait, Timeout.InfiniteTimeSpan);
            if (Stopwatch.GetElapsedTime(lastAnswer) > Short)
                SendAnswers();
            lastAnswer = Stopwatch.GetTimestamp();
            return;
        }
        lastHandedOver.Wait();
        if (delivery.Over.IsCancellationRequested) // nobody wants it any more
        {
            held.Done(delivery);
            return;
        }
        lastHandedOver = HandOverAsync(delivery, outcome, Context.Parent);
    }

    private LegOutcome Outcome(Delivery delivery, IReply reply) => new(
        delivery.Task.Run, delivery.Task.Epoch, delivery.Task.Serial, delivery.Task.Leg.Index, delivery.Number, node,
        (reply as LegFinished)?.Result, (reply as LegFailed)?.Reason)
    {
        IsMachines = reply is LegFailed { IsMachines: true },
    };

    private void SendAnswers()
    {
        lock (answers)
        {
            foreach (var own in answers.GroupBy(a => a.Delivery.Router, a => a.Outcome))
                foreach (var outcomes in Batches.BySize(own, o => o.Size, source.LargestMessage))
                    own.Key.Tell(new LegOutcomes(outcomes), pool);
            foreach (var (delivery, _) in answers)
                held.Done(delivery);
            answers.Clear();
        }
    }

    private async Task HandOverAsync(Delivery delivery, LegOutcome outcome, IActorRef pool)
    {
        try
        {
            await source.SendAsync(delivery.Run, outcome, delivery.Over).ConfigureAwait(false);
            FieldBuffers.Return(outcome.Result!.Segment);
            FieldBuffers.Return(outcome.Result.Next?.Fine ?? []);
            held.Done(delivery);
            pool.Tell(new HandedOver(delivery, null));
        }
        catch (Exception error) // whatever it was, the leg is run again, once the pool has given it back
        {
            pool.Tell(new HandedOver(delivery, error.GetBaseException().Message));
        }
    }
}
