using System.Text.Json.Nodes;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Runs;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Service;

/// <summary>The nodes that work for a service: the process itself, and those of its cluster, if it has one.</summary>
/// <param name="execution">How this process carries runs out.</param>
/// <param name="engine">What carries the cohorts of runs.</param>
internal sealed class ServiceNodes(ExecutionOptions execution, EngineChoice engine) : IDisposable
{
    private readonly NodeRegistry? cluster = engine.Nodes();

    /// <summary>The name of this process: its machine's.</summary>
    public static string OwnName { get; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>All nodes.</summary>
    /// <param name="drained">Whether this process takes no more runs.</param>
    public JsonArray List(bool drained) => [Own(drained), .. Others().Select(node => (JsonNode)Describe(node))];

    /// <summary>This process. Its heartbeat is the answer itself.</summary>
    public JsonObject Own(bool drained) => Describe(
        OwnName, engine.IsLocal ? ["coordinator", "micro", "latent"] : ["coordinator"], "cpu", engine.IsLocal ? execution.Workers : 0,
        drained ? "drained" : "ready", DateTimeOffset.UtcNow,
        (EngineTelemetry.InFlight("micro"), EngineTelemetry.InFlight("latent")), (EngineTelemetry.LegsDone("micro"), EngineTelemetry.LegsDone("latent")));

    /// <summary>Asks another node to drain, and tells what it was when last heard of.</summary>
    /// <exception cref="ServiceError">There is no such node, or it cannot be asked now.</exception>
    public JsonObject Drain(string name)
    {
        if (Others().FirstOrDefault(node => node.Report.Node == name) is not { } found)
            throw new ServiceError(404, $"There is no node '{name}'; the nodes are {string.Join(", ", Others().Select(n => n.Report.Node).Prepend(OwnName))}.");
        try
        {
            cluster!.DrainAsync(name).GetAwaiter().GetResult();
        }
        catch (IOException error)
        {
            throw new ServiceError(503, error.Message);
        }
        return Describe(found with { Report = found.Report with { State = found.Report.State == NodeState.Drained ? NodeState.Drained : NodeState.Draining } });
    }

    /// <inheritdoc />
    public void Dispose() => cluster?.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private IEnumerable<SeenNode> Others() => cluster?.Nodes ?? [];

    private static JsonObject Describe(SeenNode node)
    {
        var (report, roles) = (node.Report, new List<string>());
        if (report.HostsTrajectories)
            roles.Add("coordinator");
        if (report.Micro.Workers > 0)
            roles.Add("micro");
        if (report.Latent.Workers > 0)
            roles.Add("latent");
        return Describe(
            report.Node, roles, report.Device, report.Micro.Workers + report.Latent.Workers,
            node.IsSilent ? "silent" : report.State.ToString().ToLowerInvariant(), node.Heard,
            (report.Micro.InFlight, report.Latent.InFlight), (report.Micro.LegsDone, report.Latent.LegsDone));
    }

    private static JsonObject Describe(
        string name, IEnumerable<string> roles, string device, long workers, string state, DateTimeOffset heard,
        (long Micro, long Latent) inFlight, (long Micro, long Latent) done) => new()
        {
            ["node"] = name,
            ["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)role)]),
            ["device"] = device,
            ["workers"] = workers,
            ["state"] = state,
            ["lastHeartbeat"] = heard,
            ["inFlight"] = new JsonObject { ["micro"] = inFlight.Micro, ["latent"] = inFlight.Latent },
            ["legsDone"] = new JsonObject { ["micro"] = done.Micro, ["latent"] = done.Latent },
        };
}
