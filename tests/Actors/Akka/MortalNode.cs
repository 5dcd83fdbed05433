using Akka.Actor;
using Akka.Remote;
using LedCluster.Actors.Akka;
using LedCluster.Actors.RabbitMq;
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Tests;

/// <summary>The workers of a node, which can fall silent at any moment, as a process that is killed does.</summary>
internal sealed class MortalNode
{
    private readonly ActorSystem system;
    private volatile bool isDead;

    /// <summary>Joins the cluster; the workers of a run may make the node die.</summary>
    public MortalNode(AkkaCluster cluster, string name, Func<MortalNode, RunWorkers> build)
    {
        system = ClusterMember.Start(cluster.Member(0), [ClusterMember.MicroRole, ClusterMember.LatentRole], cluster.Log.Enqueue).System;
        var (options, log) = (new NodeOptions { Name = name, MicroWorkers = 1, LatentWorkers = 1 }, (Action<string>)cluster.Log.Enqueue);
        Func<byte[], RunWorkers> own = _ => build(this);
        var workshop = system.ActorOf(Props.Create(() => new Workshop(name, own, TimeProvider.System, log)).WithDispatcher(ClusterMember.PinnedDispatcher));
        foreach (var latent in (bool[])[false, true])
        {
            var role = latent ? WorkLane.LatentName : WorkLane.MicroName;
            var load = new RoleWatch(role);
            system.ActorOf(Props.Create(() => new WorkLane(latent, options, workshop, load, TimeProvider.System, log)), role);
        }
    }

    /// <summary>Leaves the cluster, unless it is dead; then the others exclude it.</summary>
    public Task EndAsync() => isDead ? Task.CompletedTask : system.Terminate();

    /// <summary>Nothing comes out of it or into it from now on.</summary>
    public void Die()
    {
        isDead = true;
        ((RemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Transport.Shutdown().Wait();
    }
}
