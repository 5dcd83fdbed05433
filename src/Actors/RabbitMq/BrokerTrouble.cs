using System.Net.Sockets;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>What talking to a broker may throw when the broker or the way to it is at fault: reason to connect again, never to end.</summary>
internal static class BrokerTrouble
{
    /// <summary>Whether an exception tells of such trouble.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="cancel">What the caller may have cancelled; any other cancellation is a time-out of the client.</param>
    public static bool Is(Exception error, CancellationToken cancel = default) =>
        error is RabbitMQClientException or IOException or SocketException or TimeoutException or ObjectDisposedException
        || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    /// <summary>Talks to a broker that may just be gone; the session's own event then tells of it.</summary>
    /// <param name="talk">What to say.</param>
    /// <returns>Whether the broker was there.</returns>
    public static async Task<bool> Guarded(Func<Task> talk)
    {
        try
        {
            await talk();
            return true;
        }
        catch (Exception error) when (Is(error))
        {
            return false;
        }
    }
}
