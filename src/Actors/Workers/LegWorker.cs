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
    private readonly int threads;
    private readonly HeldOrders held;
    private readonly IRunSource source;
    private readonly RoleWatch load;
    private readonly Lock handing = new();
    private readonly List<(Delivery Delivery, LegOutcome Outcome)> answers = []; // not sent yet; under its lock, also what follows
    private readonly List<Delivery> unanswered = [];
    private readonly Timer overdue;
    private readonly IActorRef pool;
    private long lastAnswer;
    private Task lastHandedOver = Task.CompletedTask;
    private Task finishing = Task.CompletedTask; // answers of the batch that the device computed last

    public LegWorker(bool latent, NodeOptions node, HeldOrders held, IRunSource source, RoleWatch load)
    {
        (this.latent, this.node, threads, this.held, this.source, this.load) = (latent, node.Name, node.FinishThreads, held, source, load);
        pool = Context.Parent;
        overdue = new Timer(_ => SendAnswers());
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        EndFinishing();
        SendAnswers();
        overdue.Dispose();
    }

    /// <summary>What this worker has taken is tried elsewhere, as its successor knows nothing of it.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        EndFinishing();
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
        try
        {
            var batch = finishing.IsCompleted ? [] : held.TakeWhole();
            if (batch.Length == 0)
            {
                finishing.GetAwaiter().GetResult(); // meanwhile more may come that is computed with what waits
                batch = held.Take(Self);
            }
            if (batch.Length == 0)
            {
                SendAnswers();
                pool.Tell(new Idle());
                return;
            }
            lock (answers)
            {
                unanswered.AddRange(batch);
                lastAnswer = Stopwatch.GetTimestamp();
            }
            Run(batch);
        }
        catch (DeviceLostException error)
        {
            EndFinishing();
            SendAnswers();
            pool.Tell(new DeviceLost([.. unanswered], error));
            unanswered.Clear();
            return;
        }
        catch (Exception error) // whatever a leg throws is an answer already; whoever waits for the others must hear of this, too
        {
            EndFinishing();
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
                var (worker, isDevice) = (alike.Key.Workers.Latent, alike.Key.Workers.Latent.DeviceBatch is not null);
                var replies = LegRunner.Run(worker, [.. own.Select(d => d.Task.Cohort!)], isDevice ? threads : 1);
                finishing.GetAwaiter().GetResult(); // one batch at a time: memory is bounded
                if (isDevice)
                    finishing = FinishAsync(own, replies);
                else
                    for (var i = 0; i < own.Length; i++)
                        Answer(own[i], replies(i));
            }
    }

    /// <summary>Answers a batch while the device computes the next.</summary>
    private Task FinishAsync(Delivery[] batch, Func<int, IReply> replies)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, Math.Min(threads, batch.Length)).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < batch.Length;)
                    Answer(batch[i], replies(i));
                SendAnswers();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))); // threads of their own, as they wait for those of the pool
    }

    /// <summary>Waits until the last batch is answered as far as it can be.</summary>
    private void EndFinishing()
    {
        ((IAsyncResult)finishing).AsyncWaitHandle.WaitOne();
        finishing = Task.CompletedTask;
    }

    /// <summary>A large outcome goes while the next leg is run, but not two at once: memory is bounded, and a slow disk slows the workers down.</summary>
    private void Answer(Delivery delivery, IReply reply)
    {
        var outcome = Outcome(delivery, reply);
        var travels = source.LargestMessage == long.MaxValue || outcome.Size <= source.LargestMessage;
        lock (answers)
        {
            unanswered.Remove(delivery); // from here on, nothing fails
            if (travels)
            {
                answers.Add((delivery, outcome));
                if (answers.Count == 1)
                    overdue.Change(LongestWait, Timeout.InfiniteTimeSpan);
                if (Stopwatch.GetElapsedTime(lastAnswer) > Short)
                    SendAnswers();
                lastAnswer = Stopwatch.GetTimestamp();
                return;
            }
        }
        lock (handing)
        {
            lastHandedOver.Wait();
            if (delivery.Over.IsCancellationRequested) // nobody wants it any more
            {
                held.Done(delivery);
                return;
            }
            lastHandedOver = HandOverAsync(delivery, outcome, pool);
        }
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
