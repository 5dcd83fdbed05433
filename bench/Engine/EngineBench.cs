using System.Diagnostics;
using System.Text;
using LedCluster.Actors;
using LedCluster.Actors.Deployment;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.Workers;

/// <summary>
/// What carrying a leg costs: in one process, and on a cluster of a coordinator, which is this process, and a node, which is
/// another. All rows take turns, so that a noisy machine treats them alike; medians, the first turns left out.
/// </summary>
internal static class EngineBench
{
    /// <summary>Turns that count.</summary>
    private const int Turns = 5;

    private const int Small = 1024;

    private const string Contact = "127.0.0.1:7118";

    private static readonly Process Far = new()
    {
        StartInfo = new ProcessStartInfo("dotnet", [typeof(EngineBench).Assembly.Location, "engine", "node"]) { RedirectStandardInput = true },
    };

    /// <summary>The other process: a node, and what answers to <see cref="PlainRemote"/>. Ends with its standard input.</summary>
    public static void RunNode()
    {
        using var plain = PlainRemote.Answer();
        using var drain = new CancellationTokenSource();
        var node = new ClusterNode(
            new ClusterOptions { Join = [Contact] }, new NodeOptions { Name = "node", MicroWorkers = 1, MicroPrefetch = 32 }, hosts: false,
            setup =>
            {
                var text = Encoding.ASCII.GetString(setup);
                if (text == KeptFrames.Setup)
                    return KeptFrames.Workers();
                var numbers = text.Split(' ').Select(int.Parse).ToArray();
                var job = new CarriedBytes(numbers[0], numbers[1], numbers[2]).Job(2);
                return new RunWorkers(job.Micro, job.Latent);
            }, _ => { }).RunAsync(drain.Token);
        Console.In.ReadToEnd();
        drain.Cancel();
        node.Wait();
    }

    /// <summary>Measures.</summary>
    /// <param name="keptOnly">Whether the frames that a run keeps are all that is measured.</param>
    public static void Run(bool keptOnly)
    {
        Far.Start();
        using var plain = new PlainRemote();
        var cluster = new ClusterOptions { Port = 7118 };
        var membership = ClusterMembership.OfCoordinator(cluster, _ => { });
        void OnCluster(EngineJob job, string setup, int window) =>
            new ClusterEngine(
                cluster, new RunIdentity(new RunId(Guid.NewGuid().ToString("N")), 1, Encoding.ASCII.GetBytes(setup)),
                new WorkRules { Window = window, AnnounceEvery = TimeSpan.FromSeconds(0.2) }, _ => { }, membership)
                .Run(job, CancellationToken.None);

        // Before the turns that count come others, until all code has been compiled for good.
        (string, int, int, int, int)[] sizes = keptOnly ? [] : [("1 KB", Small, 64, 300, 12), ("8 MB", 8 << 20, 8, 20, 2)];
        foreach (var (name, bytes, cohorts, legs, first) in sizes)
        {
            List<(double Wall, double Cpu)> local = [], carried = [], floor = [];
            List<double> answers = [];
            for (var turn = 0; turn < first + Turns; turn++)
            {
                if (bytes == Small)
                    floor.Add(Cpu(() => plain.Run(bytes, cohorts * legs, cohorts)));
                local.Add(Measure(new CarriedBytes(bytes, cohorts, legs), job => new LocalEngine().Run(job, CancellationToken.None)));
                using var over = new CancellationTokenSource();
                var asking = bytes == Small ? null : plain.AnswersAsync(Contact, over.Token);
                carried.Add(Measure(new CarriedBytes(bytes, cohorts, legs), job => OnCluster(job, $"{bytes} {cohorts} {legs}", cohorts)));
                over.Cancel();
                answers.AddRange(asking?.Result ?? []);
            }
            Row($"{name}, one process", local, cohorts * legs, bytes);
            Row($"{name}, cluster", carried, cohorts * legs, bytes);
            Answered(name, answers);
            if (floor.Count == 0)
                continue;
            Row($"{name}, Akka.Remote", floor, cohorts * legs, bytes);
            Console.WriteLine(
                $"{name}, a leg on a cluster against a request and reply of Akka.Remote: "
                + $"{Median(carried, t => t.Wall) / Median(floor, t => t.Wall):F2} times the time, "
                + $"{Median(carried, t => t.Cpu) / Median(floor, t => t.Cpu):F2} times the CPU");
        }
        List<(double Wall, double Cpu)> alone = [], kept = [], written = [];
        List<double> beats = [];
        for (var turn = 0; turn < 1 + Turns; turn++)
        {
            written.Add(Cpu(KeptFrames.SecondsOfWriting));
            alone.Add(Cpu(() => KeptFrames.Seconds(job => new LocalEngine().Run(job, CancellationToken.None))));
            using var over = new CancellationTokenSource();
            var asking = plain.AnswersAsync(Contact, over.Token);
            kept.Add(Cpu(() => KeptFrames.Seconds(job => OnCluster(job, KeptFrames.Setup, 8))));
            over.Cancel();
            beats.AddRange(asking.Result);
        }
        foreach (var (what, taken) in ((string, List<(double, double)>)[])[("one process", alone), ("cluster", kept), ("plain writing", written)])
            Console.WriteLine(
                $"kept frames, {what,-14}{KeptFrames.Bytes / Median(taken, t => t.Item1) / 1e6,7:F0} MB/s until on stable storage, "
                + $"{1e9 * Median(taken, t => t.Item2) / KeptFrames.Bytes,5:F1} s of CPU per GB");
        Answered("kept frames", beats);
        Far.Refresh();
        Console.WriteLine($"the node: {Far.PeakWorkingSet64 / 1e6:F0} MB resident at most");
        Far.StandardInput.Close();
        Far.WaitForExit();
        membership.DisposeAsync().AsTask().Wait();
    }

    private static void Answered(string name, List<double> seconds)
    {
        seconds.Sort();
        if (seconds.Count > 0)
            Console.WriteLine(
                $"{name}, heartbeats of the coordinator meanwhile: answered after {1e3 * seconds[seconds.Count / 2]:F1} ms in the median, "
                + $"{1e3 * seconds[99 * seconds.Count / 100]:F0} ms at the 99th percentile of {seconds.Count}");
    }

    private static void Row(string what, List<(double Wall, double Cpu)> taken, int count, int bytes)
    {
        var (wall, cpu) = (Median(taken, t => t.Wall), Median(taken, t => t.Cpu));
        Console.WriteLine(
            $"{what,-20}{count / wall,9:F0} legs/s{2.0 * count * bytes / wall / 1e6,9:F0} MB/s both ways{1e6 * cpu / count,9:F1} us of CPU per "
            + "leg");
    }

    private static double Median(List<(double Wall, double Cpu)> taken, Func<(double Wall, double Cpu), double> what) =>
        taken.TakeLast(Turns).Select(what).Order().ElementAt(Turns / 2);

    private static (double Wall, double Cpu) Measure(CarriedBytes work, Action<EngineJob> run) => Cpu(() =>
    {
        run(work.Job(2));
        return work.Seconds;
    });

    private static (double Wall, double Cpu) Cpu(Func<double> run)
    {
        var before = Total();
        var seconds = run();
        return (seconds, (Total() - before).TotalSeconds);

        static TimeSpan Total()
        {
            Far.Refresh();
            return Process.GetCurrentProcess().TotalProcessorTime + Far.TotalProcessorTime;
        }
    }
}
