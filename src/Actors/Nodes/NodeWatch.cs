
using LedCluster.Actors.Telemetry;

namespace LedCluster.Actors.Nodes;

/// <summary>What a node knows of itself, across all its connections.</summary>
internal sealed class NodeWatch(NodeOptions options) : IDisposable
{
    /// <summary>Its warm-up and micro legs.</summary>
    public RoleWatch Micro { get; } = new("micro");

    /// <summary>Its macro legs.</summary>
    public RoleWatch Latent { get; } = new("latent");

    /// <summary>What it tells of itself.</summary>
    public NodeReport Report(NodeState state) => new(
        options.Name, state, options.Device, Load(Micro, options.MicroWorkers), Load(Latent, options.LatentWorkers));

    /// <inheritdoc />
    public void Dispose()
    {
        Micro.Dispose();
        Latent.Dispose();
    }

    private static RoleLoad Load(RoleWatch watch, int workers) => new(workers, Math.Max(0, watch.InFlight), watch.LegsDone);
}
