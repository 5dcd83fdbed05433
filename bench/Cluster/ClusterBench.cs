using System.Diagnostics;
using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

/// <summary>What a cluster on RabbitMQ costs and gains, measured on a broker of its own on a loopback port.</summary>
internal static class ClusterBench
{
    /// <summary>Measures.</summary>
    /// <param name="parts"><c>carrying</c>, or <c>scaling</c> with any of its modes, or both when empty.</param>
    public static void Run(string[] parts)
    {
        using var broker = new TestBroker("+sbwt none"); // a scheduler per core, as operators run it
        using var process = Process.GetProcessById(broker.ProcessId);
        var options = new BrokerOptions { Uri = broker.Uri };
        Console.WriteLine("persistent, confirmed, acknowledged messages; a leg is two of them, an order and its reply; 64 or 8 cohorts (raw: legs, unconfirmed messages) in flight");
        if (parts is [] or ["carrying"])
        {
            var carrying = new CarryingBench(options, process);
            carrying.Run("1 KB", 1024, cohorts: 64, legs: 200);
            carrying.Run("8 MB", 8 << 20, cohorts: 8, legs: 8);
        }
        if (parts is [] or ["scaling", ..])
            new ScalingBench(options, process).Run(parts is [] ? [] : parts[1..]);
    }
}
