using System.Diagnostics;
using System.Runtime.InteropServices;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.External;

/// <summary>
/// What a call of a simulator in another program costs: one member, one frame, fields of several sizes; the simulator itself does
/// nothing. Floor: the same bytes through the same pipes to a C program that reads and writes them and no more. Budget: 100 µs with
/// the C client and 400 µs with the Python one, and 1.5 times the floor.
/// </summary>
internal static class ExternalBench
{
    public static void Run(string root)
    {
        var folder = Directory.CreateTempSubdirectory("ledcluster-external-").FullName;
        try
        {
            string[] files =
            [
                "bench/External/identity.c", "bench/External/identity.py", "clients/c/led_simulator.h",
                "clients/python/led_simulator.py",
            ];
            foreach (var file in files)
                File.Copy(Path.Combine(root, file), Path.Combine(folder, Path.GetFileName(file)));
            using (var compiler = Process.Start(new ProcessStartInfo("cc", ["-O2", "-o", "identity", "identity.c", "-lm"]) { WorkingDirectory = folder })!)
                compiler.WaitForExit();
            Console.WriteLine($"{"bytes",12}{"floor",12}{"client",9}{"call",12}{"of floor",10}{"budget",12}{"of budget",11}   median of calls");
            foreach (var points in (int[])[1, 1_000, 16_000, 250_000, 2_000_000])
            {
                var floor = Floor(folder, points);
                foreach (var (client, command, share) in (
                    (string, string[], double)[])[
                        ("C", ["./identity", $"{points}"], 100e-6), ("Python", ["/usr/bin/python3", "identity.py", $"{points}"], 400e-6)])
                {
                    using var simulator = new Simulator(new() { Command = command }, folder);
                    var (call, state) = (new StepContext(1, new[] { 0 }, 0, default), new double[points]);
                    var time = Median(() => state = simulator.Advance(call, state, 1, static _ => { }), points);
                    var budget = share + 1.5 * floor;
                    Console.Write(FormattableString.Invariant($"{8L * points,12:N0}{1e6 * floor,9:F0} µs{client,9}{1e6 * time,9:F0} µs"));
                    Console.WriteLine(FormattableString.Invariant($"{time / floor,10:F2}{1e6 * budget,9:F0} µs{time / budget,11:F2}"));
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Floor(string folder, int points)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "identity"), [$"{points}", "raw"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var (input, output, bytes) =
            (process.StandardInput.BaseStream, process.StandardOutput.BaseStream, MemoryMarshal.AsBytes(new double[points].AsSpan()).ToArray());
        var time = Median(() =>
        {
            input.Write(bytes);
            output.ReadExactly(bytes);
        }, points);
        input.Close();
        process.WaitForExit();
        return time;
    }

    private static double Median(Action call, int points)
    {
        var times = new double[Math.Clamp(50_000_000 / points, 50, 5000)];
        for (var i = -times.Length / 5; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            call();
            if (i >= 0)
                times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(times);
        return times[times.Length / 2];
    }
}
