using System.CommandLine;
using System.Globalization;

/// <summary>
/// How soon are the legs of a killed worker given to others, and how soon does the run go on when the process that hosts its
/// trajectories is killed? Real processes: a contact, a coordinator, three nodes, and a host of trajectories.
/// </summary>
internal sealed class FailoverBench : IDisposable
{
    private const string Contact = "127.0.0.1:7117";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-failover-").FullName;
    private readonly Random random = new(1);
    private readonly List<LedProcess> started = [];

    /// <summary>Measures.</summary>
    /// <param name="kills">Trials per row.</param>
    public async Task RunAsync(int kills)
    {
        using var contact = new LedProcess("contact", "node", "--role", "coordinator", "--port", "7117");
        List<LedProcess> nodes = [Node("micro,latent"), Node("micro,latent"), Node("micro,latent")];
        var host = Node("coordinator");
        using var coordinator = new LedProcess(
            "coordinator", "forecast", "fhn", "--members", "4096", "--cohort-size", "64", "--t-final", "100000", "--t-warm", "60", "--t-macro",
            "100", "--t-micro", "100",
            "--save", "latent", "--join", Contact, "--run", Path.Combine(place, "run"));
        await UntilAsync(() => RunCheck.JournalLength(Path.Combine(place, "run")) > 10_000, coordinator);

        try
        {
            await MeasureAsync(kills, nodes, host, coordinator);
        }
        finally
        {
            foreach (var node in started)
                node.Dispose();
        }
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    private async Task MeasureAsync(int kills, List<LedProcess> nodes, LedProcess host, LedProcess coordinator)
    {
        List<double> workers = [], hosts = [];
        for (var trial = 0; trial < kills; trial++)
        {
            await Task.Delay(2000 + random.Next(500));
            var victim = random.Next(nodes.Count);
            workers.Add(await SecondsAsync(nodes[victim], coordinator, () => coordinator.Count("are assigned to others")));
            nodes[victim].Dispose();
            nodes[victim] = Node("micro,latent");
            await UntilAsync(() => nodes[victim].Count("works for run") == 2, coordinator);
        }
        for (var trial = 0; trial < kills; trial++)
        {
            await Task.Delay(20_000 + random.Next(500)); // until the new host has some of the trajectories: shards are balanced every ten seconds
            hosts.Add(await SecondsAsync(host, coordinator, () => coordinator.Count(" go on, ")));
            host.Dispose();
            host = Node("coordinator");
        }
        Row("worker killed, until its legs are given to others", workers);
        Row("host of trajectories killed, until all of them live elsewhere and have asked for work", hosts);
    }

    private static void Row(string what, List<double> seconds) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {what} | {seconds.Count} trials | median {seconds.Order().ElementAt(seconds.Count / 2):F2} s | at most {seconds.Max():F2} s |"));

    private static async Task<double> SecondsAsync(LedProcess victim, LedProcess coordinator, Func<int> told)
    {
        var (before, start) = (told(), System.Diagnostics.Stopwatch.GetTimestamp());
        victim.Kill();
        await UntilAsync(() => told() > before, coordinator);
        return System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task UntilAsync(Func<bool> condition, LedProcess coordinator)
    {
        for (var start = System.Diagnostics.Stopwatch.GetTimestamp(); !condition(); await Task.Delay(5))
            if (coordinator.HasExited || System.Diagnostics.Stopwatch.GetElapsedTime(start) > Longest)
                throw new InvalidOperationException($"it did not come to that within {Longest.TotalSeconds} s. The coordinator said:\n{coordinator.Said(20)}");
    }

    private LedProcess Node(string role)
    {
        started.Add(new(role, "node", "--role", role, "--workers", "1", "--name", $"{role}-{started.Count + 1}", "--join", Contact));
        return started[^1];
    }
}

/// <summary><c>failover</c>: how soon what a lost process had is at work elsewhere.</summary>
internal static class FailoverCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "Trials, per row.", DefaultValueFactory = _ => 10 };
        var command = new Command("failover", "Kill processes of a cluster and measure when others have their work.") { kills };
        command.SetAction(async (arguments, _) =>
        {
            using var bench = new FailoverBench();
            await bench.RunAsync(arguments.GetValue(kills));
            return 0;
        });
        return command;
    }
}
