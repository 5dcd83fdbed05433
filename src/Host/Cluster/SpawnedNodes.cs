using System.Diagnostics;
using LedCluster.Actors;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Workers;

namespace LedCluster.Host.Cluster;

/// <summary>
/// A cluster on loopback, for trying: this process coordinates, and starts nodes as processes of their own, which end with it
/// however it ends.
/// </summary>
internal sealed class SpawnedNodes(ClusterOptions cluster, int count, int workers, RunIdentity run, WorkRules rules, Action<string> log) : IEngine
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public RunOutcome Run(EngineJob job, CancellationToken cancel)
    {
        var membership = ClusterMembership.OfCoordinator(cluster, log);
        var processes = Enumerable.Range(1, count).Select(n => Start(membership.Contact, $"node-{n}")).ToArray();
        try
        {
            return new ClusterEngine(cluster, run, rules, log, membership).Run(job, cancel);
        }
        finally
        {
            foreach (var process in processes)
                process.StandardInput.Close(); // it drains and ends
            foreach (var process in processes)
            {
                if (!process.WaitForExit(LongestDrain))
                    process.Kill();
                process.Dispose();
            }
            membership.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private Process Start(string contact, string name)
    {
        string[] verbose = cluster.Verbose ? ["--verbose"] : [];
        string[] arguments =
        [
            "node", "--join", contact, "--name", name, "--workers", $"{Math.Max(1, workers / count)}",
            "--external-programs", "--while-input-is-open", .. verbose,
        ];
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet"; // run as 'dotnet led.dll'
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, isHost ? [typeof(SpawnedNodes).Assembly.Location, .. arguments] : arguments)
            {
                RedirectStandardInput = true, RedirectStandardError = true,
            },
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { Length: > 0 } text)
                return;
            if (cluster.Verbose || text.Contains("cannot", StringComparison.Ordinal) || text.StartsWith("led:", StringComparison.Ordinal))
                log($"{name}: {text}");
        };
        process.Start();
        process.BeginErrorReadLine();
        return process;
    }
}
