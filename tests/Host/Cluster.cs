using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LedCluster.Host.Tests;

/// <summary>A cluster of real processes over loopback, for one test. The first node starts it, and is everybody's contact.</summary>
public sealed class Cluster : IDisposable
{
    private readonly List<Process> nodes = [];
    private readonly int port = FreePort();

    /// <summary>Options that put a forecast on this cluster.</summary>
    public string[] Join => ["--join", $"127.0.0.1:{port}"];

    /// <summary>Starts a node.</summary>
    public Process Node(string role) => Node(role, []);

    /// <summary>Starts a node with more options.</summary>
    public Process Node(string role, params string[] more)
    {
        string[] place = nodes.Count == 0 ? ["--port", $"{port}"] : Join;
        var node = Led.Start(["node", "--role", role, "--workers", "1", "--name", $"{role}-{nodes.Count}", .. place, .. more]);
        nodes.Add(node);
        return node;
    }

    /// <summary>Waits until all nodes form one cluster.</summary>
    public void WaitUntilJoined() => nodes.ForEach(node => WaitUntil(node, "waits for work"));

    /// <summary>Waits until a node says something.</summary>
    public static void WaitUntil(Process node, string text)
    {
        var told = new StringBuilder();
        while (node.StandardError.ReadLine() is { } line)
        {
            told.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }
        Assert.Fail($"a node ended before it said '{text}':\n{told}");
    }

    /// <summary>Sends a signal.</summary>
    public static void Signal(string name, Process process)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        foreach (var node in nodes)
        {
            if (!node.HasExited)
                node.Kill();
            node.WaitForExit();
            node.Dispose();
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
