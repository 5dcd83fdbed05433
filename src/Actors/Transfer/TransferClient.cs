using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Protocol;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Transfer;

/// <summary>The coordinator's process does not listen any more: it has died, or started its actor system again.</summary>
internal sealed class CoordinatorGoneException(string message, Exception inner) : IOException(message, inner);

/// <summary>A node's connections to coordinators, for what is too large for a message. May be used by many threads.</summary>
/// <param name="tls">Certificates; null for none.</param>
internal sealed class TransferClient(ClusterTls? tls) : IDisposable
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    private readonly X509Certificate2? certificate = tls?.Certificate();
    private readonly ConcurrentDictionary<string, ConcurrentBag<Stream>> idle = [];
    private volatile bool disposed;

    /// <summary>A run's setup.</summary>
    /// <exception cref="IOException">The coordinator is gone, or does not coordinate the run any more.</exception>
    public async Task<byte[]> SetupAsync(RunAnnounced run)
    {
        using var request = new TransferRequest(new RunId(run.Run), run.Epoch, 0, 0).Write();
        using var answer = await CallAsync(run.Transfer, request, CancellationToken.None).ConfigureAwait(false);
        return Body(answer).ToArray();
    }

    /// <summary>A cohort's state.</summary>
    /// <exception cref="IOException">The coordinator is gone, or knows nothing of the leg any more.</exception>
    public async Task<Cohort> CohortAsync(RunAnnounced run, LegTask task)
    {
        using var request = new TransferRequest(task.Run, task.Epoch, task.Serial, task.Leg.Index).Write();
        using var answer = await CallAsync(run.Transfer, request, CancellationToken.None).ConfigureAwait(false);
        return CohortCodec.Decode(Body(answer));
    }

    /// <summary>Hands an outcome over; returns when the coordinator is done with it. Its arrays are sent from where they are.</summary>
    /// <exception cref="IOException">The coordinator is gone.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async Task SendAsync(RunAnnounced run, LegOutcome outcome, CancellationToken over)
    {
        using var body = LegOutcome.Write(new ByteWriter("", inPlace: true), outcome);
        using var answer = await CallAsync(run.Transfer, body, over).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        disposed = true;
        foreach (var stream in idle.Values.SelectMany(streams => streams))
            stream.Dispose();
        certificate?.Dispose();
    }

    private static ReadOnlySpan<byte> Body(Frame answer)
    {
        var reader = new ByteReader(answer.Bytes, "", "an answer");
        return reader.Int() == 1 ? reader.Bytes() : throw new IOException("the coordinator knows nothing of it any more");
    }

    private async Task<Frame> CallAsync(string address, ByteWriter request, CancellationToken over)
    {
        var free = idle.GetOrAdd(address, _ => []);
        while (free.TryTake(out var known)) // may have been closed meanwhile
        {
            try
            {
                return await CallAsync(known, free, request, over).ConfigureAwait(false);
            }
            catch (IOException) when (!disposed)
            {
            }
        }
        return await CallAsync(await ConnectAsync(address, over).ConfigureAwait(false), free, request, over).ConfigureAwait(false);
    }

    private static async Task<Frame> CallAsync(Stream stream, ConcurrentBag<Stream> free, ByteWriter request, CancellationToken over)
    {
        try
        {
            await Frames.WriteAsync(stream, request, over).ConfigureAwait(false);
            var answer = await Frames.ReadAsync(stream, over).ConfigureAwait(false) ?? throw new EndOfStreamException("the coordinator closed the connection");
            free.Add(stream);
            return answer;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(string address, CancellationToken over)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(over);
        patience.CancelAfter(ConnectPatience);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Frames.NoticeDeadPeers(socket);
        try
        {
            await socket.ConnectAsync(IPEndPoint.Parse(address), patience.Token).ConfigureAwait(false);
            var plain = new NetworkStream(socket, ownsSocket: true);
            return tls is null ? plain : await tls.ClientAsync(plain, certificate!, patience.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (
            error is SocketException or OperationCanceledException or FormatException or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            var text = $"{address} cannot be reached: {error.Message}";
            throw error is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? new CoordinatorGoneException(text, error)
                : new IOException(text, error);
        }
    }
}
