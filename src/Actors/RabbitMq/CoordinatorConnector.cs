using System.Threading.Channels;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Connects a coordinator to the broker, at first and whenever it was lost, with growing pauses between attempts.</summary>
internal sealed class CoordinatorConnector(
    BrokerOptions broker, ClusterRun run, RabbitMqOptions options, ChannelWriter<ICoordinatorEvent> events, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.1), LongestPause = TimeSpan.FromSeconds(2);

    private bool letIn;

    /// <summary>A new session; null when cancelled.</summary>
    /// <exception cref="IOException">The broker refuses the login or the queues, or stays away for too long.</exception>
    public async Task<CoordinatorSession?> ConnectAsync(CancellationToken cancel)
    {
        var (start, pause) = (time.GetTimestamp(), FirstPause);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var session = await CoordinatorSession.OpenAsync(broker, run, options, firstOfEpoch: !letIn, events, log, cancel);
                log($"coordinates run {run.Id}, epoch {run.Epoch}, at {broker}");
                letIn = true;
                return session;
            }
            catch (BrokerUnreachableException error) when (!letIn && BrokerRefusal.OfLogin(broker, error) is { } refusal)
            {
                throw new IOException(refusal, error);
            }
            catch (OperationInterruptedException error) when (BrokerRefusal.OfQueues(run.Id, error) is { } refusal)
            {
                throw new IOException(refusal, error);
            }
            catch (Exception error) when (BrokerTrouble.Is(error, cancel))
            {
                if (time.GetElapsedTime(start) + pause > options.LongestOutage)
                    throw new IOException($"The broker {broker} cannot be reached: {error.GetBaseException().Message} What was recorded is kept; resume the run when the broker is back.", error);
                if (pause == FirstPause)
                    log($"cannot reach the broker {broker} ({error.GetBaseException().Message}); trying again for up to {options.LongestOutage.TotalSeconds} s");
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return null;
            }
            await Task.WhenAny(Task.Delay(pause, cancel));
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        return null;
    }
}
