using System.Diagnostics;
using System.Globalization;
using System.Text;

/// <summary>
/// Does a cluster of real processes lose anything when everything breaks at random moments? The same run again and again,
/// with faults drawn from a seed, until as many as asked for were injected; each run must leave the bytes of a
/// single process and every leg of every member exactly once.
/// </summary>
internal sealed class Soak(int faults, int seed, double finalTime, string only, Action<string> log)
{
    private sealed class Row
    {
        public int Injected;
        public TimeSpan Lasted, WorkAgain;
    }

    private const string WorksForRun = "works for run";

    /// <summary>Within this time every node works again after the last fault.</summary>
    private static readonly TimeSpan ComesBack = TimeSpan.FromSeconds(60);

    private readonly Random random = new(seed);
    private readonly Dictionary<Fault, Row> rows = Fault.All.ToDictionary(f => f, _ => new Row());
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private int injected, runs, poisonedRuns;

    /// <summary>Runs the soak.</summary>
    /// <exception cref="SoakFailure">Something was lost.</exception>
    public async Task RunAsync()
    {
        log($"seed {seed}; the run in a single process first");
        using var cluster = new SoakCluster(finalTime);
        cluster.Start();
        while (injected < faults)
        {
            var (poisoned, byService) = (++runs % 3 == 2, runs % 3 == 0 || only.StartsWith("service", StringComparison.Ordinal));
            cluster.StartRun(poisoned, byService);
            poisonedRuns += poisoned ? 1 : 0;
            Log(
                $"run {runs} starts"
                + (byService ? ", by a service beside which another one stands by" : "")
                + (poisoned ? $"; members {string.Join(", ", SoakCluster.Poison)} are poison" : ""));
            while (injected < faults && await GoesOnAsync(cluster, RunCheck.JournalLength(cluster.Run.Directory)) is not null)
            {
                await Task.Delay(random.Next(800));
                await InjectAsync(cluster, Draw(cluster.Run));
            }
            cluster.FinishRun();
            Log($"run {runs} ends: same bytes, each leg once{(poisoned ? ", only poison set aside, for the same reasons" : "")}");
        }
        // Runs without faults: whatever happened, the same nodes work again. After a cut the sides still have to find each other, while
        // those of the coordinator's do the work alone.
        var worked = cluster.Nodes.ToDictionary(node => node, node => node.Count(WorksForRun));
        for (var watch = Stopwatch.StartNew(); ;)
        {
            cluster.StartRun(withPoison: false, byService: false);
            cluster.FinishRun();
            runs++;
            if (cluster.Nodes.FirstOrDefault(node => node.Role != "coordinator" && node.Count(WorksForRun) == worked.GetValueOrDefault(node)) is not { } idle)
                break;
            if (watch.Elapsed > ComesBack)
                throw new SoakFailure($"a {idle.Role} node did not come back within {watch.Elapsed.TotalSeconds:F0} s. It said:\n{idle.Said(20)}");
        }
        Log("a run without faults ends: same bytes, each leg once");
    }

    /// <summary>What was injected and what came of it, as Markdown.</summary>
    public string Table()
    {
        var text = new StringBuilder();
        text.AppendLine("| fault | injected | members lost | lasted at most | then work went on within |");
        text.AppendLine("| --- | --- | --- | --- | --- |");
        foreach (var (fault, row) in rows)
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {fault.Name} | {row.Injected} | 0 | {row.Lasted.TotalSeconds:F1} s | {row.WorkAgain.TotalSeconds:F1} s |");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| all, in {runs} runs ({poisonedRuns} with poison) and {clock.Elapsed.TotalSeconds:F0} s | {rows.Values.Sum(r => r.Injected)} | 0 "
            + $"| {rows.Values.Max(r => r.Lasted).TotalSeconds:F1} s | {rows.Values.Max(r => r.WorkAgain).TotalSeconds:F1} s |");
        return text.ToString();
    }

    /// <summary>A fault, and in one of four cases another at the same time.</summary>
    private Fault[] Draw(SoakRun run)
    {
        Fault[] able = [.. Fault.All.Where(f => f.Can(run) && f.Name.StartsWith(only, StringComparison.Ordinal))];
        return random.Next(4) == 0 ? [One(), One()] : [One()];

        Fault One()
        {
            var ticket = random.Next(able.Sum(f => f.Weight));
            return able.First(f => (ticket -= f.Weight) < 0);
        }
    }

    private async Task InjectAsync(SoakCluster cluster, Fault[] together)
    {
        var start = clock.Elapsed;
        Log(string.Join(" + ", together.Select(f => f.Name)));
        await Task.WhenAll(together.Select(f => f.Inject(cluster, new Random(random.Next()))));
        var (ended, length) = (clock.Elapsed, RunCheck.JournalLength(cluster.Run.Directory));
        cluster.CheckNodes();
        var again = await GoesOnAsync(cluster, length);
        injected += together.Length;
        foreach (var fault in together)
        {
            var row = rows[fault];
            row.Injected++;
            row.Lasted = Longer(row.Lasted, ended - start);
            row.WorkAgain = Longer(row.WorkAgain, again ?? TimeSpan.Zero);
        }
        Log($"  lasted {(ended - start).TotalSeconds:F1} s, work went on after {again?.TotalSeconds ?? 0:F1} s");
    }

    /// <summary>Time until more legs are on disk; null when the run ended instead.</summary>
    private static async Task<TimeSpan?> GoesOnAsync(SoakCluster cluster, long length)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(5))
        {
            if (RunCheck.JournalLength(cluster.Run.Directory) > length)
                return watch.Elapsed;
            if (cluster.Run.HasEnded)
                return null;
            if (watch.Elapsed > TimeSpan.FromSeconds(180))
                throw new SoakFailure($"no leg was recorded for 180 s. The coordinator said:\n{cluster.Run.Coordinator.Said(20)}");
        }
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void Log(string text) => log(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {clock.Elapsed.TotalSeconds,7:F1} s  {text}"));
}

/// <summary>Something was lost, doubled or changed, or a process ended that should not have.</summary>
internal sealed class SoakFailure(string message) : Exception(message);
