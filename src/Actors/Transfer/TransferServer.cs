using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Transfer;

/// <summary>
/// Where workers hand over and fetch what is too large for a message: setups, initial conditions, fine states, kept frames.
/// A connection of its own beside the actors', so that signs of life pass. A worker's next outcome on a connection is taken
/// when the coordinator is done with the last: a slow disk slows the workers down, and memory is bounded.
/// </summary>
internal sealed class TransferServer : IDisposable
{
    /// <summary>A run whose coordinator is here.</summary>
    public sealed record Hosted(byte[] Setup, ConcurrentDictionary<int, Cohort> States, IActorRef Router)
    {
        /// <summary>Cancelled when the run is taken off: then nobody is done any more with what was handed over.</summary>
        public CancellationTokenSource Ended { get; } = new();
    }

    private readonly ConcurrentDictionary<(string Run, int Epoch), Hosted> runs = [];
    private readonly Socket listener;
    private readonly ClusterTls? tls;
    private readonly X509Certificate2? certificate;
    private readonly CancellationTokenSource stop = new();

    /// <summary>Starts to listen, on any free port.</summary>
    public TransferServer(IPAddress address, ClusterTls? tls)
    {
        (this.tls, certificate) = (tls, tls?.Certificate());
        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(1024);
        Address = $"{listener.LocalEndPoint}";
        _ = AcceptAsync();
    }

    /// <summary>Where it listens, host:port.</summary>
    public string Address { get; }

    /// <summary>Hosts a run until it is taken off.</summary>
    public void Host(RunIdentity run, Hosted hosted) => runs[(run.Id.Value, run.Epoch)] = hosted;

    /// <summary>Takes a run off.</summary>
    public void TakeOff(RunIdentity run)
    {
        if (runs.TryRemove((run.Id.Value, run.Epoch), out var hosted))
            hosted.Ended.Cancel();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
        certificate?.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stop.Token).ConfigureAwait(false);
                _ = Task.Run(() => ServeAsync(socket));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (!stop.IsCancellationRequested)
                    await Task.Delay(10).ConfigureAwait(false); // out of file handles, perhaps
            }
        }
    }

    /// <summary>Whatever a peer sends ends its connection at worst.</summary>
    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            Frames.NoticeDeadPeers(socket);
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            await using var stream = tls is null ? plain : await tls.ServerAsync(plain, certificate!, stop.Token).ConfigureAwait(false);
            while (await Frames.ReadAsync(stream, stop.Token).ConfigureAwait(false) is { } frame)
            {
                var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var answer = Answer(frame, taken);
                await taken.Task.WaitAsync(stop.Token).ConfigureAwait(false);
                await Frames.WriteAsync(stream, answer, stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            socket.Dispose();
        }
    }

    private ByteWriter Answer(Frame frame, TaskCompletionSource taken)
    {
        using (frame)
        {
            if (TransferRequest.Is(frame.Bytes))
            {
                taken.SetResult();
                var request = TransferRequest.Decode(frame.Bytes);
                if (!runs.TryGetValue((request.Run.Value, request.Epoch), out var hosted))
                    return Answer(false);
                if (request.Serial == 0)
                    return new ByteWriter("", inPlace: true).Int(1).Array(hosted.Setup);
                return hosted.States.TryGetValue(request.Serial, out var cohort) && cohort.Leg == request.Leg
                    ? new ByteWriter("", inPlace: true).Int(1).Block(cohort, CohortCodec.Write)
                    : Answer(false);
            }
            var outcome = LegOutcome.Decode(frame.Bytes);
            if (runs.TryGetValue((outcome.Run.Value, outcome.Epoch), out var to))
            {
                to.Ended.Token.Register(() => taken.TrySetException(new IOException("the run has ended")));
                to.Router.Tell(outcome with { Taken = () => taken.TrySetResult() });
            }
            else
                taken.SetResult();
            return Answer(true);
        }
    }

    private static ByteWriter Answer(bool yes) => new ByteWriter("").Int(yes ? 1 : 0);
}
