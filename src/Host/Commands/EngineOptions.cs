using System.CommandLine;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Workers;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Commands;

/// <summary>Options that say where the actors of a run are: in this process, unless a cluster is named.</summary>
internal sealed class EngineOptions
{
    private const int MostNodes = 64;

    private readonly Option<int?> nodes = new("--nodes")
    {
        Description = $"Start this number of nodes on this machine (1 to {MostNodes}), each a process, instead of running everything in this process. "
            + "Does not change the output.",
    };

    private readonly Option<int?> window = new("--window")
    {
        Description = "Cohorts in flight on a cluster (1 to 10,000); about four per worker keep all workers busy. "
            + $"Default: {new WorkRules().Window}, and more if nodes have devices, enough to fill their batches. Does not change the output.",
    };

    private readonly Option<double> legTimeout = new("--leg-timeout")
    {
        Description = "Seconds after which a leg on a cluster is also given to another worker (0.1 to 86,400). Does not change the output.",
        DefaultValueFactory = _ => new WorkRules().LegTimeout.TotalSeconds,
    };

    private readonly ClusterSettings cluster;

    private EngineOptions(Command command)
    {
        foreach (var option in (Option[])[nodes, window, legTimeout])
            command.Add(option);
        cluster = ClusterSettings.AddTo(command);
    }

    /// <summary>Adds the options to a command.</summary>
    public static EngineOptions AddTo(Command command) => new(command);

    /// <summary>What was chosen.</summary>
    /// <param name="arguments">What was typed.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="atOnce">Runs that share the cluster's window.</param>
    /// <exception cref="UserError">It cannot be used.</exception>
    public EngineChoice Read(ParseResult arguments, Action<string> log, int atOnce = 1)
    {
        var count = arguments.GetValue(nodes);
        if (count is not null && cluster.IsGiven(arguments))
            throw new UserError("--nodes starts a cluster on this machine and --join names an existing one; give only one of them.");
        if (!cluster.IsGiven(arguments) && count is null && SharedOptions.Given(arguments, window, legTimeout) is { } idle)
            throw new UserError($"{idle.Name} is for a cluster, but the run is executed in this process. Add --nodes or --join, or leave {idle.Name} out.");
        if (!cluster.IsGiven(arguments) && cluster.Given(arguments) is { } name)
            throw new UserError($"{name} is given without a cluster. Add --join HOST of a process of the cluster, or leave {name} out.");
        if (count is not null && atOnce > 1)
            throw new UserError("--nodes starts separate nodes for each run, so with --at-once several sets of nodes would compete for this machine. "
                + "Start 'led node' and give --join, or leave --nodes out.");
        if (count is < 1 or > MostNodes)
            throw new UserError($"--nodes is {count}; give 1 to {MostNodes}.");
        if (count is null && !cluster.IsGiven(arguments))
        {
            LocalEngine.Prepare(); // while the model is loaded
            return EngineChoice.Local;
        }
        if (!(Math.Abs(arguments.GetValue(legTimeout)) <= TimeSpan.MaxValue.TotalSeconds / 2))
            throw new UserError($"--leg-timeout is {arguments.GetValue(legTimeout)} s; give 0.1 to 86,400.");
        var (usual, chosen) = (new WorkRules(), arguments.GetValue(window));
        var rules = usual with
        {
            Window = Math.Max(1, (chosen ?? usual.Window) / atOnce),
            LargestWindow = chosen is null ? usual.LargestWindow / atOnce : 1,
            LegTimeout = TimeSpan.FromSeconds(arguments.GetValue(legTimeout)),
        };
        if (rules.Faults() is { Count: > 0 } faults)
            throw new UserError(string.Join("\n", faults));
        return count is { } own ? EngineChoice.Nodes(own, cluster.IsVerbose(arguments), rules, log) : EngineChoice.Cluster(cluster.Read(arguments), rules, log);
    }
}
