using LedCluster.Actors;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.Workers;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Cluster;

/// <summary>Where the actors of a run are.</summary>
internal sealed class EngineChoice
{
    private readonly ClusterOptions? cluster;
    private readonly int spawned;
    private readonly WorkRules rules = new();
    private readonly Action<string> log = _ => { };
    private NodeRegistry? nodes;

    private EngineChoice(ClusterOptions? cluster, int spawned, WorkRules rules, Action<string> log) =>
        (this.cluster, this.spawned, this.rules, this.log) = (cluster, spawned, rules, log);

    /// <summary>All in this process.</summary>
    public static EngineChoice Local { get; } = new(null, 0, new WorkRules(), _ => { });

    /// <summary>On a cluster; its nodes build their workers themselves.</summary>
    public static EngineChoice Cluster(ClusterOptions cluster, WorkRules rules, Action<string> log) => new(cluster, 0, rules, log);

    /// <summary>On a cluster of this machine's own, with so many nodes as processes.</summary>
    public static EngineChoice Nodes(int count, bool verbose, WorkRules rules, Action<string> log) =>
        new(new ClusterOptions { Port = 0, Verbose = verbose }, count, rules, log);

    /// <summary>Whether legs run in this process.</summary>
    public bool IsLocal => cluster is null;

    /// <summary>Whether it starts nodes itself, which compute on the processor.</summary>
    public bool StartsNodes => spawned > 0;

    private string InFlight => $"{rules.Window} cohorts in flight{(rules.LargestWindow > rules.Window ? ", more where nodes have devices" : "")}";

    /// <summary>The choice in a few words, for the journal.</summary>
    public string Describe(ExecutionOptions options) =>
        IsLocal ? $"in one process, {options.Workers} workers"
        : spawned > 0 ? $"{spawned} nodes of this machine, {InFlight}"
        : $"on the cluster of {string.Join(", ", cluster!.Join)}, {InFlight}";

    /// <summary>
    /// The nodes of the cluster, as they report from now on, with a cluster membership that is shared with engines made later; null where there is no cluster.
    /// </summary>
    public NodeRegistry? Nodes() => IsLocal ? null : nodes = new NodeRegistry(cluster!, TimeProvider.System, log);

    /// <summary>The engine. On a cluster the run's epoch is counted up, hence its lock must be held.</summary>
    public IEngine Create(RunDirectory directory, ExecutionOptions options)
    {
        if (IsLocal)
            return new LocalEngine();
        var epoch = RunEpoch.Advance(directory);
        var run = new RunIdentity(new RunId(epoch.Id), epoch.Epoch, SetupArchive.Pack(directory.Path));
        return spawned > 0
            ? new SpawnedNodes(cluster!, spawned, options.Workers, run, rules, log) : new ClusterEngine(cluster!, run, rules, log, nodes?.Membership);
    }
}
