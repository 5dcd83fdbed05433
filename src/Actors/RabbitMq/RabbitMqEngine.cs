namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// The engine for many machines: the coordinator's side. Orders and replies travel through a RabbitMQ broker to nodes
/// (<see cref="RabbitMqNode"/>) that may come and go at any moment. The workers of the job are not used: each node builds
/// its own from the run's setup.
/// </summary>
/// <param name="broker">Where the broker is.</param>
/// <param name="run">The run's identity, epoch and setup.</param>
/// <param name="options">How to deal with the cluster.</param>
/// <param name="log">Told, in words for a person, what an operator should know.</param>
/// <param name="time">By which a leg counts as late; null for the system's.</param>
public sealed class RabbitMqEngine(BrokerOptions broker, ClusterRun run, RabbitMqOptions options, Action<string> log, TimeProvider? time = null) : IEngine
{
    /// <inheritdoc />
    /// <exception cref="IOException">
    /// The broker was away for too long, another coordinator has taken over, or the recorder could not keep a leg.
    /// </exception>
    public RunOutcome Run(EngineJob job, CancellationToken cancel) =>
        Task.Run(() => new RabbitMqCoordinator(job, broker, run, options, time ?? TimeProvider.System, log).RunAsync(cancel), CancellationToken.None).GetAwaiter().GetResult();
}
