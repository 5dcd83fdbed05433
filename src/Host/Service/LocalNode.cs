using System.Text.Json.Nodes;
using LedCluster.Actors.Telemetry;
using LedCluster.Domain.Runs;

namespace LedCluster.Host.Service;

/// <summary>The one node of the embedded engine: the process that answers.</summary>
internal static class LocalNode
{
    /// <summary>Its name.</summary>
    public static string Name { get; } = Environment.MachineName.ToLowerInvariant();

    /// <summary>What it is and does. Its heartbeat is the answer itself.</summary>
    public static JsonObject Describe(ExecutionOptions options, bool drained) => new()
    {
        ["node"] = Name,
        ["roles"] = new JsonArray("coordinator", "micro", "latent"),
        ["device"] = "cpu",
        ["workers"] = options.Workers,
        ["state"] = drained ? "drained" : "ready",
        ["lastHeartbeat"] = DateTimeOffset.UtcNow,
        ["inFlight"] = new JsonObject
        {
            ["micro"] = EngineTelemetry.InFlight("micro"),
            ["latent"] = EngineTelemetry.InFlight("latent"),
        },
    };
}
