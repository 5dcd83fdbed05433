using System.Globalization;
using LedCluster.Tests;

/// <summary>
/// How long is a cohort without a worker when its worker dies or hangs? Real processes: a broker, a coordinator and three
/// nodes of both roles, one of which is killed or stopped again and again while all are at work. Told by the broker's trace:
/// from the signal until every order that the victim had, or was still given, has been delivered to another node.
/// </summary>
internal sealed class FailoverBench : IDisposable
{
    private const int Nodes = 3, MembersOfACohort = 64;

    /// <summary>Seconds after which a hanging worker's legs are given to others.</summary>
    private const double LegTimeout = 2;

    /// <summary>How long a victim hangs: less than the 10 s after which the broker drops its connection.</summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(6), Longest = TimeSpan.FromSeconds(60);

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-failover-").FullName;
    private readonly TestBroker broker = new("+sbwt none");
    private readonly List<(string Name, LedProcess Process)> nodes = [];
    private readonly Random random = new(1);
    private int started, runs;

    /// <summary>Measures.</summary>
    /// <param name="kills">Trials with a killed worker, per row.</param>
    /// <param name="hangs">Trials with a hanging worker, per row.</param>
    public async Task RunAsync(int kills, int hangs)
    {
        await using var trace = await BrokerTrace.StartAsync(broker);
        Console.WriteLine($"{Nodes} nodes, cohorts of {MembersOfACohort}, --leg-timeout {LegTimeout}; seconds from the signal until all cohorts of the worker were delivered to another");
        Console.WriteLine("| worker | cohorts | T_m = T_mu | trials | orders it had, mean | median | at most |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        foreach (var legTime in (int[])[100, 10])
        {
            foreach (var cohorts in (int[])[6, 64])
            {
                foreach (var node in nodes)
                    node.Process.Dispose(); // they would go on with what is left of the run before
                nodes.Clear();
                using var coordinator = Forecast(cohorts, legTime);
                while (nodes.Count < Nodes)
                    Join();
                await WorkingAsync(trace, coordinator);
                await RowAsync("kill -9", kills, KillAsync);
                await RowAsync("hangs", hangs, HangAsync);

                async Task RowAsync(string what, int trials, Func<BrokerTrace, Task<(int Held, double Seconds)>> trial)
                {
                    var results = new List<(int Held, double Seconds)>();
                    while (results.Count < trials)
                    {
                        trace.Clear();
                        await Task.Delay(1000 + random.Next(500)); // the orders that all have now are in the trace
                        if (await trial(trace) is { Held: > 0 } result)
                            results.Add(result);
                        await WorkingAsync(trace, coordinator);
                    }
                    var seconds = results.Select(r => r.Seconds).Order().ToArray();
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"| {what} | {cohorts} | {legTime} | {trials} | {results.Average(r => r.Held):F1} | {(seconds[(trials - 1) / 2] + seconds[trials / 2]) / 2:F2} | {seconds[^1]:F2} |"));
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var node in nodes)
            node.Process.Dispose();
        broker.Dispose();
        Directory.Delete(place, recursive: true);
    }

    private async Task<(int Held, double Seconds)> KillAsync(BrokerTrace trace)
    {
        var victim = random.Next(Nodes);
        var (name, process) = nodes[victim];
        var signal = trace.Now;
        process.Kill();
        nodes.RemoveAt(victim);
        process.Dispose();
        var result = await MovedAsync(trace, name, signal, TimeSpan.FromSeconds(0.5));
        Join();
        return result;
    }

    private async Task<(int Held, double Seconds)> HangAsync(BrokerTrace trace)
    {
        var (name, process) = nodes[random.Next(Nodes)];
        var signal = trace.Now;
        process.Hang();
        var result = await MovedAsync(trace, name, signal, Hanging);
        process.ComeBack();
        return result;
    }

    /// <summary>Waits until every order that a node did not answer has been delivered to another; those it was given after the signal count from then.</summary>
    private static async Task<(int Held, double Seconds)> MovedAsync(BrokerTrace trace, string victim, double signal, TimeSpan least)
    {
        for (; ; await Task.Delay(10))
        {
            var (deliveries, answers) = (trace.Deliveries, trace.Answers);
            var own = answers.FirstOrDefault(a => a.Worker == victim)?.Connection;
            var answered = answers.Where(a => a.Connection == own).Select(a => a.Number).ToHashSet();
            var held = deliveries.Where(d => d.Connection == own && !answered.Contains(d.Number)).GroupBy(d => (d.Cohort, d.Leg)).Select(g => g.MinBy(d => d.At)!).ToArray();
            var moved = held.Select(h => (Since: Math.Max(h.At, signal),
                To: deliveries.FirstOrDefault(d => d.At > signal && d.Connection != own && !d.Redelivered && d.Cohort == h.Cohort && d.Leg >= h.Leg)?.At)).ToArray();
            if (trace.Now - signal > least.TotalSeconds && Array.TrueForAll(moved, m => m.To is not null || m.Since > signal + LegTimeout))
                return (held.Length, moved.Where(m => m.To is not null).Select(m => m.To!.Value - m.Since).DefaultIfEmpty().Max());
            if (trace.Now - signal > Longest.TotalSeconds)
                throw new InvalidOperationException($"the cohorts of {victim} were not given to others within {Longest.TotalSeconds} s");
        }
    }

    /// <summary>Waits until every node has answered an order.</summary>
    private async Task WorkingAsync(BrokerTrace trace, LedProcess coordinator)
    {
        trace.Clear();
        for (var start = trace.Now; !nodes.TrueForAll(node => trace.Answers.Any(a => a.Worker == node.Name)); await Task.Delay(20))
        {
            if (coordinator.HasExited || trace.Now - start > Longest.TotalSeconds)
                throw new InvalidOperationException($"not all nodes are at work. The coordinator said:\n{coordinator.Said(10)}\n{string.Join('\n', nodes.Select(n => n.Process.Said(5)))}");
        }
    }

    private void Join()
    {
        var name = $"node-{++started}";
        nodes.Add((name, new LedProcess(name, null, "node", "--workers", "1", "--name", name, "--broker", $"{broker.Uri}")));
    }

    /// <summary>A run that ends long after all trials.</summary>
    private LedProcess Forecast(int cohorts, int legTime) => new(
        "coordinator", null, "forecast", "fhn", "--members", $"{cohorts * MembersOfACohort}", "--cohort-size", $"{MembersOfACohort}", "--t-final", "100000", "--t-warm", "60",
        "--t-macro", $"{legTime}", "--t-micro", $"{legTime}", "--save", "latent", "--leg-timeout", $"{LegTimeout}",
        "--engine", "rabbitmq", "--broker", $"{broker.Uri}", "--run", Path.Combine(place, $"{++runs}"));
}
