using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LedCluster.Host.Tests;

/// <summary>An Akka.NET cluster of real processes, for one test.</summary>
public sealed class AkkaNodes : IDisposable
{
    private readonly List<Process> nodes = [];
    private readonly int[] ports = FreePorts(3);

    /// <summary>Options that put a forecast on this cluster; it listens on the same port each time.</summary>
    public string[] Engine => [.. Join, "--cluster-listen", $"127.0.0.1:{ports[2]}"];

    private string[] Join => ["--engine", "akka", "--seed-nodes", $"akka.tcp://led@127.0.0.1:{ports[0]},akka.tcp://led@127.0.0.1:{ports[1]}"];

    /// <summary>Starts a node; the first two are the seeds.</summary>
    public Process Node(string role)
    {
        var port = nodes.Count < 2 ? ports[nodes.Count] : 0;
        var node = Led.Start(["node", "--role", role, "--workers", "1", .. Join, "--cluster-listen", $"127.0.0.1:{port}", "--name", $"{role}-{nodes.Count}"]);
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

    private static int[] FreePorts(int count)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (var socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int[] ports = [.. sockets.Select(s => ((IPEndPoint)s.LocalEndPoint!).Port)];
        foreach (var socket in sockets)
            socket.Dispose();
        return ports;
    }
}
