using Akka.Actor;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Workers;

/// <summary>A micro solver or a latent propagator: runs legs, on a thread of its own.</summary>
internal sealed class LegWorker : UntypedActor
{
    /// <summary>A thread for each actor that computes, or waits for a disk.</summary>
    public const string Dispatcher = "led.pinned";

    /// <summary>Pool to worker: run these.</summary>
    public sealed record RunLegs(Delivery[] Batch);

    /// <summary>Worker to pool: they are run.</summary>
    public sealed record LegsRun;

    /// <summary>Worker to pool: a large outcome is being handed over, while the worker goes on.</summary>
    public sealed record HandingOver(Delivery Delivery);

    /// <summary>Worker to pool: a large outcome has been taken; or why not.</summary>
    public sealed record HandedOver(Delivery Delivery, string? Error);

    private readonly bool latent;
    private readonly string node;
    private readonly IRunSource source;
    private readonly RoleWatch load;
    private Task lastHandedOver = Task.CompletedTask;

    public LegWorker(bool latent, string node, IRunSource source, RoleWatch load) => (this.latent, this.node, this.source, this.load) = (latent, node, source, load);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        if (message is not RunLegs(var batch))
            return;
        using (load.Begin())
        {
            foreach (var delivery in batch)
                load.Taken(delivery.Received, delivery.Task.Members);
            if (!latent)
                foreach (var delivery in batch)
                    Answer(delivery, LegRunner.Run(delivery.Workers.Micro, delivery.Task.Cohort!));
            else
                foreach (var alike in batch.GroupBy(d => (d.Workers, d.Workers.Shape(d.Task))))
                {
                    Delivery[] own = [.. alike];
                    foreach (var (delivery, reply) in own.Zip(LegRunner.Run(alike.Key.Workers.Latent, [.. own.Select(d => d.Task.Cohort!)])))
                        Answer(delivery, reply);
                }
        }
        Sender.Tell(new LegsRun());
    }

    /// <summary>A large outcome goes while the next leg is run, but not two at once: memory is bounded, and a slow disk slows the workers down.</summary>
    private void Answer(Delivery delivery, IReply reply)
    {
        var task = delivery.Task;
        var outcome = new LegOutcome(
            task.Run, task.Epoch, task.Serial, task.Leg.Index, delivery.Number, node, (reply as LegFinished)?.Result, (reply as LegFailed)?.Reason)
        {
            IsMachines = reply is LegFailed { IsMachines: true },
        };
        if (source.LargestMessage == long.MaxValue || outcome.Size <= source.LargestMessage)
        {
            delivery.Router.Tell(outcome, Context.Parent);
            return;
        }
        lastHandedOver.Wait();
        if (delivery.Over.IsCancellationRequested)
            return; // nobody wants it any more
        Context.Parent.Tell(new HandingOver(delivery));
        lastHandedOver = HandOverAsync(delivery, outcome, Context.Parent);
    }

    private async Task HandOverAsync(Delivery delivery, LegOutcome outcome, IActorRef pool)
    {
        try
        {
            await source.SendAsync(delivery.Run, outcome, delivery.Over).ConfigureAwait(false);
            FieldBuffers.Return(outcome.Result!.Segment);
            pool.Tell(new HandedOver(delivery, null));
        }
        catch (Exception error) // whatever it was, the leg is run again
        {
            pool.Tell(new HandedOver(delivery, error.GetBaseException().Message));
        }
    }
}
