using System.Net;
using System.Net.Sockets;

namespace LedCluster.Tests;

/// <summary>A wire between one client and a server that can fall silent or break: forwards TCP connections from a loopback port.</summary>
public sealed class TcpProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> sockets = [];
    private readonly int target;
    private volatile TaskCompletionSource open = new();

    /// <summary>Starts to forward.</summary>
    /// <param name="target">Loopback port of the server.</param>
    public TcpProxy(int target)
    {
        this.target = target;
        open.SetResult();
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Uri => new($"amqp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");

    /// <summary>From now on nothing comes through, in either direction, and nobody is told.</summary>
    public void Silence() => open = new TaskCompletionSource();

    /// <summary>What was held back comes through.</summary>
    public void Heal() => open.TrySetResult();

    /// <summary>Breaks all connections at once: both ends see a reset.</summary>
    public void Reset()
    {
        Socket[] broken;
        lock (sockets)
        {
            broken = [.. sockets];
            sockets.Clear();
        }
        foreach (var socket in broken)
            Break(socket);
    }

    public void Dispose()
    {
        listener.Dispose();
        Reset();
        Heal();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await listener.AcceptSocketAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException) // disposed
        {
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (sockets)
            sockets.AddRange([client, server]);
        try
        {
            client.NoDelay = server.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, target);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (SocketException) // the server is down
        {
        }
        lock (sockets)
        {
            sockets.Remove(client);
            sockets.Remove(server);
        }
        Break(client);
        Break(server);
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await open.Task;
                for (var sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
            await open.Task; // the end of the stream is silent too
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
        }
    }

    private static void Break(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException) // closed already
        {
        }
        socket.Dispose();
    }
}
