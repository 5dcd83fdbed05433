using Microsoft.Extensions.Hosting;

namespace LedCluster.Host.Service;

/// <summary>Leaves signals to the command, which lets the current run reach a checkpoint first.</summary>
internal sealed class SignalFreeLifetime : IHostLifetime
{
    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
