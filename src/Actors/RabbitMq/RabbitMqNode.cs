using LedCluster.Actors.Nodes;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// The workers' side: listens for announcements, builds the workers of each run from its setup, and runs the orders of
/// its roles. Holds nothing that anybody would miss: an order is acknowledged only when the broker has the reply.
/// </summary>
/// <param name="broker">Where the broker is.</param>
/// <param name="options">What the node does.</param>
/// <param name="build">Builds the workers of a run from its setup; may throw, then the node leaves that run alone.</param>
/// <param name="log">Told, in words for a person, what an operator should know.</param>
/// <param name="time">By which a run is announced no more; null for the system's.</param>
public sealed class RabbitMqNode(BrokerOptions broker, NodeOptions options, Func<byte[], RunWorkers> build, Action<string> log, TimeProvider? time = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.1), LongestPause = TimeSpan.FromSeconds(2);

    private readonly BuiltWorkers built = new(build, reason => log($"{options.Name} cannot work for a run: {reason}"), time ?? TimeProvider.System);
    private readonly WorkerSlots slots = new(options);

    /// <summary>Works until drained: legs in hand are finished and answered, all other orders go back to their queues.</summary>
    /// <exception cref="IOException">The broker refuses the login.</exception>
    public async Task RunAsync(CancellationToken drain)
    {
        using var watch = new NodeWatch(options);
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(drain);
        await WorkAsync(watch, asked);
    }

    /// <summary>Works until asked to drain, by whoever started the node or over the broker.</summary>
    private async Task WorkAsync(NodeWatch watch, CancellationTokenSource asked)
    {
        var (drain, pause, letIn, told) = (asked.Token, FirstPause, false, false);
        while (!drain.IsCancellationRequested)
        {
            try
            {
                await using var session = await NodeSession.OpenAsync(broker, options, watch, slots, built, time ?? TimeProvider.System, log, asked);
                log($"{options.Name} waits for work at {broker}");
                (pause, letIn, told) = (FirstPause, true, false);
                log(await session.WorkAsync(drain) is { } reason ? $"{options.Name} lost the broker: {reason}" : $"{options.Name} is drained");
            }
            catch (BrokerUnreachableException error) when (!letIn && BrokerRefusal.OfLogin(broker, error) is { } refusal)
            {
                throw new IOException(refusal, error);
            }
            catch (Exception error) when (BrokerTrouble.Is(error, drain))
            {
                if (!told)
                    log($"{options.Name} cannot reach the broker {broker} ({error.GetBaseException().Message}); trying again");
                told = true;
            }
            catch (OperationCanceledException) when (drain.IsCancellationRequested)
            {
                return;
            }
            if (!drain.IsCancellationRequested)
                await Task.WhenAny(Task.Delay(pause, drain));
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
