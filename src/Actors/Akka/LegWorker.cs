using Akka.Actor;
using LedCluster.Actors.RabbitMq;
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Akka;

/// <summary>An order at a node.</summary>
/// <param name="Workers">Who can run it.</param>
/// <param name="Dispatcher">Who granted it.</param>
/// <param name="Cohort">Who sent it and gets the reply.</param>
/// <param name="Order">The order.</param>
/// <param name="Received">When it came, as a timestamp.</param>
internal sealed record Delivery(RunWorkers Workers, IActorRef Dispatcher, IActorRef Cohort, WorkOrder Order, long Received);

/// <summary>Lane to worker, within a process: run these.</summary>
internal sealed record RunLegs(Delivery[] Batch);

/// <summary>Worker to lane, within a process: one reply per order, in order.</summary>
internal sealed record LegsRun(IReply[] Replies);

/// <summary>Runs legs, on a thread of its own.</summary>
/// <param name="latent">Macro legs, or else warm-up and micro legs.</param>
/// <param name="load">Told what is run.</param>
internal sealed class LegWorker(bool latent, RoleWatch load) : UntypedActor
{
    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        if (message is not RunLegs(var batch))
            return;
        Sender.Tell(new LegsRun(Run(batch)));
    }

    private IReply[] Run(Delivery[] batch)
    {
        using var watched = load.Begin();
        foreach (var delivery in batch)
            load.Taken(delivery.Received, delivery.Order.Cohort.Members.Length);
        var replies = new IReply[batch.Length];
        if (!latent)
            for (var i = 0; i < batch.Length; i++)
                replies[i] = LegRunner.Run(batch[i].Workers.Micro, batch[i].Order.Cohort);
        else
            foreach (var alike in Enumerable.Range(0, batch.Length).GroupBy(i => (batch[i].Workers, batch[i].Workers.Shape(batch[i].Order))))
            {
                int[] positions = [.. alike];
                var results = LegRunner.Run(alike.Key.Workers.Latent, [.. positions.Select(p => batch[p].Order.Cohort)]);
                for (var i = 0; i < positions.Length; i++)
                    replies[positions[i]] = results[i];
            }
        return replies;
    }
}
