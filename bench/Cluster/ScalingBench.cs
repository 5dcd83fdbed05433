using System.Diagnostics;
using System.Text.Json.Nodes;

/// <summary>
/// How much faster are two worker processes than one? The same 2,000 FitzHugh-Nagumo members by <c>led forecast</c>, with
/// the nodes and the coordinator as processes on this machine.
/// </summary>
internal sealed class ScalingBench
{
    private const string Contact = "127.0.0.1:7119";

    private const int Turns = 2;

    private static readonly string[] Study =
    [
        "forecast", "fhn", "--members", "2000", "--t-final", "1000", "--t-warm", "60", "--t-macro", "100", "--t-micro", "100",
        "--dt", "0.005", "--save", "latent", "--json",
    ];

    /// <summary>
    /// T_m, T_μ and δt of the runs. Micro: the solver throughout. Fine: the same with a quarter of the published δt, as for
    /// whoever has a slower solver. Long and short: LED, with legs of 100 and of 10, of which the short ones leave ten times as
    /// much to carry and to record for the same physics.
    /// </summary>
    private static readonly Dictionary<string, (string Macro, string Micro, string Inner)> Modes = new()
    {
        ["fine"] = ("0", "100", "0.00125"),
        ["micro"] = ("0", "100", "0.005"),
        ["long"] = ("100", "100", "0.005"),
        ["short"] = ("10", "10", "0.005"),
    };

    private readonly string directory = Directory.CreateTempSubdirectory("ledcluster-bench-").FullName;
    private int runs;

    /// <summary>Measures.</summary>
    /// <param name="modes"><c>fine</c>, <c>micro</c>, <c>long</c>, <c>short</c>; all when empty.</param>
    public static void Run(string[] modes)
    {
        var bench = new ScalingBench();
        try
        {
            foreach (var mode in modes is [] ? [.. Modes.Keys] : modes)
                bench.Run(mode, Modes.TryGetValue(mode, out var times) ? times : throw new ArgumentException(
                    $"'{mode}' is none of {string.Join(", ", Modes.Keys)}."));
        }
        finally
        {
            Directory.Delete(bench.directory, recursive: true);
        }
    }

    private void Run(string mode, (string Macro, string Micro, string Inner) times)
    {
        List<Process> nodes = [Led(["node", "--role", "coordinator", "--port", "7119"])]; // the contact, which stays
        List<Taken> one = [], two = [];
        try
        {
            Join();
            for (var turn = 0; turn < Turns; turn++)
            {
                Join();
                Forecast(times, "260"); // until both have compiled what they need
                two.Add(Measured());
                nodes[2].Kill();
                nodes[2].WaitForExit();
                nodes.RemoveAt(2);
                one.Add(Measured());
            }
        }
        finally
        {
            foreach (var node in nodes)
                node.Kill();
        }
        Console.WriteLine($"2,000 members, {mode}: T_m = {times.Macro}, T_mu = {times.Micro}, dt = {times.Inner}");
        Row("1 worker process", one);
        Row("2 worker processes", two);
        var (single, both) = (Best(one), Best(two));
        Console.WriteLine(
            $"2,000 members, {mode}: speed-up {single.Wall / both.Wall:F2}, until the last leg {single.Legs / both.Legs:F2}; "
            + $"ideal {single.Wall * 2 / (both.Nodes + both.Coordinator):F2}: " +
            "all CPU of the second row spread over two cores");

        void Join() => nodes.Add(Led(["node", "--role", "micro,latent", "--workers", "1", "--join", Contact]));

        Taken Measured()
        {
            var before = nodes.Sum(Total);
            var result = Forecast(times, "1000");
            return new((double)result["wallSeconds"]!, LegSeconds((string)result["run"]!), nodes.Sum(Total) - before, (double)result["cpuSeconds"]!);
        }

        void Row(string what, List<Taken> taken)
        {
            var (wall, legs, busy, coordinator) = Best(taken);
            Console.WriteLine(
                $"2,000 members  {what,-20}{wall,7:F2} s, the last leg after {legs:F2} s   CPU: nodes {busy:F2} s, coordinator {coordinator:F2} s");
        }
    }

    private static double Total(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    private static Taken Best(List<Taken> taken) => taken.MinBy(t => t.Wall);

    /// <summary>Seconds from the start of a run to its last leg; after it come the ensemble's statistics.</summary>
    private static double LegSeconds(string run)
    {
        var lines = File.ReadAllLines(Path.Combine(run, "journal.ndjson"));
        var legs = lines.Where(line => line.Contains("\"legRecorded\"", StringComparison.Ordinal));
        return (Time(legs.Last()) - Time(lines[0])).TotalSeconds;

        static DateTimeOffset Time(string line) => (DateTimeOffset)JsonNode.Parse(line)!["time"]!;
    }

    private JsonNode Forecast((string Macro, string Micro, string Inner) times, string final)
    {
        string[] arguments = [.. Study, "--join", Contact, "--run", Path.Combine(directory, $"{runs++}")];
        arguments[5] = final;
        (arguments[9], arguments[11], arguments[13]) = times;
        using var forecast = Led(arguments);
        var output = forecast.StandardOutput.ReadToEnd();
        forecast.WaitForExit();
        return forecast.ExitCode == 0 ? JsonNode.Parse(output)!
            : throw new InvalidOperationException($"led {string.Join(' ', arguments)} ended with {forecast.ExitCode}: {output}");
    }

    private static Process Led(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "led.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>What a run took, in seconds: by the clock, by the clock until its last leg, and of CPU.</summary>
    private readonly record struct Taken(double Wall, double Legs, double Nodes, double Coordinator);
}
