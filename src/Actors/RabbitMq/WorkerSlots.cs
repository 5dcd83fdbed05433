namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// The workers that a node has, whatever becomes of its connection: a leg that is still at work when the connection ends
/// keeps its worker until it is over, while the node's other workers go on with the next connection.
/// </summary>
internal sealed class WorkerSlots(NodeOptions options)
{
    private readonly SemaphoreSlim micro = new(options.MicroWorkers), latent = new(options.LatentWorkers);

    /// <summary>Those of a role.</summary>
    public SemaphoreSlim Of(bool latent) => latent ? this.latent : micro;
}
