using System.Diagnostics;
using LedCluster.Tests;

namespace LedCluster.Host.Tests;

/// <summary>A broker and a directory for the tests of one class; the nodes are processes of their own.</summary>
public sealed class Cluster : IDisposable
{
    private readonly List<Process> nodes = [];

    /// <summary>Where runs go.</summary>
    public Workplace Place { get; } = new();

    /// <summary>The broker.</summary>
    public TestBroker Broker { get; } = new();

    /// <summary>Options that put a forecast on this cluster.</summary>
    public string[] Engine => ["--engine", "rabbitmq", "--broker", $"{Broker.Uri}"];

    /// <summary>Starts a node.</summary>
    public Process Node(string role)
    {
        var node = Led.Start(["node", "--role", role, "--workers", "1", .. Engine]);
        nodes.Add(node);
        return node;
    }

    /// <summary>Starts several nodes.</summary>
    public List<(string Role, Process Process)> Nodes(int micro, int latent) =>
        [.. Enumerable.Repeat("micro", micro).Concat(Enumerable.Repeat("latent", latent)).Select(role => (role, Node(role)))];

    /// <summary>Sends a signal.</summary>
    public static void Signal(string name, Process process)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Kills all nodes.</summary>
    public void KillNodes()
    {
        foreach (var node in nodes)
        {
            if (!node.HasExited)
                node.Kill();
            node.WaitForExit();
            node.Dispose();
        }
        nodes.Clear();
    }

    public void Dispose()
    {
        KillNodes();
        Broker.Dispose();
        Place.Dispose();
    }
}
