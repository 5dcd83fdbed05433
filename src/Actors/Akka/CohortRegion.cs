using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Sharding;
using LedCluster.Domain.Cohorts;

namespace LedCluster.Actors.Akka;

/// <summary>The sharded entities: one per cohort of any run, spread over the processes with the role coordinator.</summary>
internal static class CohortRegion
{
    /// <summary>The same on every process, for ever: it decides in which shard an entity lives.</summary>
    private const int Shards = 30;

    /// <summary>Name of a cohort's entity.</summary>
    public static string EntityId(string run, CohortId cohort) => $"{run}_{cohort.Value}";

    /// <summary>The run of an entity.</summary>
    public static string Run(string entity) => entity[..entity.LastIndexOf('_')];

    /// <summary>The cohort of an entity; none has the one of another form.</summary>
    public static CohortId Cohort(string entity) =>
        new(int.TryParse(entity[(entity.LastIndexOf('_') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : -1);

    /// <summary>Lets this process host entities; returns the way to all of them.</summary>
    public static IActorRef Start(ActorSystem system, Action<string> log) => ClusterSharding.Get(system).Start(
        "cohorts", entity => Props.Create(() => new CohortActor(entity, TimeProvider.System, log)), ClusterShardingSettings.Create(system),
        HashCodeMessageExtractor.Create(Shards, message => (message as IToCohort)?.Entity));
}
