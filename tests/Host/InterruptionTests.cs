using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>Runs that are killed, stopped or started twice.</summary>
public sealed class InterruptionTests(Workplace place, ITestOutputHelper output) : IClassFixture<Workplace>
{
    private const int Members = 24, MostKills = 8;

    [Fact]
    public void Killed_at_any_moment_a_run_resumes_to_the_same_bytes_with_each_leg_recorded_once()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed of the moments: {seed}");
        var random = new Random(seed);
        var (reference, run) = (Finished(), place.Fresh());
        var kills = 0;
        var process = Led.Start(Command(run));
        for (; kills < MostKills; kills++)
        {
            // From the very start to some way into the run: not before, then soon after, its journal has grown.
            if (random.Next(4) > 0 && !RunWatch.Grown(run, RunWatch.Length(run), process))
                break;
            for (var left = Stopwatch.StartNew(); left.ElapsedMilliseconds < random.Next(400) && !process.HasExited;)
                Thread.Yield();
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            var begun = File.Exists(Path.Combine(run, "spec.json")) && File.Exists(Path.Combine(run, "model", "model.json"));
            process = Led.Start(begun ? ["resume", run, "--cohort-size", $"{random.Next(1, 9)}", "--json"] : Command(run));
        }
        var outcome = Led.Finish(process, Command(run));
        Assert.True(outcome.Code == 0, outcome.Errors);
        output.WriteLine($"{kills} kills");
        Assert.True(kills > 0, "the run ended before it could be killed");
        Workplace.AssertSameOutput(reference, run);
        RunWatch.AssertEachLegOnce(Members, run);
        Assert.Equal("finished", (string)Led.Json("explain", run, "7")["state"]!);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void Asked_to_stop_it_ends_with_130_at_a_checkpoint_and_resumes_to_the_same_bytes(string signal)
    {
        var (reference, run) = (Finished(), place.Fresh());
        using var process = Led.StartHearing(signal, Command(run));
        Assert.True(RunWatch.Grown(run, 0, process), "the run ended before it could be stopped");
        using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var stopped = Led.Finish(process, Command(run));
        Assert.Equal(130, stopped.Code);
        Assert.Contains($"led resume {run}", stopped.Errors);
        Assert.Contains("\"cancelled\":true", stopped.Output);
        Assert.False((bool)Led.Json("verify", run)["complete"]!);

        var story = Led.Json("explain", run, $"{Members - 1}");
        Assert.Equal("stopped", (string)story["state"]!);
        Assert.Contains("stopped by request", (string)story["why"]!);

        var again = Led.Json("resume", run, "--cohort-size", "5");
        Assert.Equal((Members, 0), ((int)again["members"]!["done"]!, (int)again["members"]!["failed"]!));
        Workplace.AssertSameOutput(reference, run);
        RunWatch.AssertEachLegOnce(Members, run);
    }

    [Fact]
    public void A_second_process_on_the_same_run_is_refused_and_the_first_goes_on()
    {
        var run = place.Fresh();
        using var first = Led.Start(Command(run));
        Assert.True(RunWatch.Grown(run, 0, first), "the run ended before the second process could start");
        var second = Led.Run("resume", run);
        Assert.True(second.Code == 1, second.Errors);
        Assert.Contains("Another process is recording", second.Errors);
        var story = Led.Json("explain", run, "3");
        Assert.Contains((string)story["state"]!, (string[])["running", "finished"]);
        Assert.Equal(0, Led.Finish(first, Command(run)).Code);
    }

    [Fact]
    public void A_full_disk_ends_with_1_and_the_run_resumes_when_there_is_room()
    {
        var (disk, saved) = (place.SmallDisk(), place.Fresh());
        var command = $"$LED {string.Join(' ', Command($"{disk.Path}/run"))}";
        // A run that cannot fit is not started; this one loses the room when its first legs are recorded.
        var outcome = Led.Shell(disk.Script($"""
            mount -o remount,size=1g {disk.Path}; {command} & pid=$!
            until [ -s {disk.Path}/run/journal.ndjson ]; do sleep 0.02; done
            until mount -o remount,size=$(( $(df --output=used -k {disk.Path} | tail -1) + 2048 ))k {disk.Path} 2> /dev/null; do sleep 0.02; done
            wait $pid; code=$?; mount -o remount,size=1g {disk.Path} && {command} && cp -r {disk.Path}/run {saved}; exit $code
            """));
        Assert.True(outcome.Code == 1, $"exit code {outcome.Code}: {outcome.Errors}");
        Assert.Contains($"{disk.Path}/run", outcome.Errors);
        Assert.Contains("full", outcome.Errors);
        Assert.DoesNotContain("Unhandled", outcome.Errors);
        Workplace.AssertSameOutput(Finished(), saved);
        RunWatch.AssertEachLegOnce(Members, saved);
    }

    private string[] Command(string run) =>
    [
        "forecast", "fhn", "--members", $"{Members}", "--t-final", "6000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--dt",
        "0.002", "--cohort-size", "4", "--workers", "2",
        "--model", place.Model, "--run", run, "--json",
    ];

    /// <summary>The same run, left alone.</summary>
    private string Finished()
    {
        var run = place["reference"];
        lock (place)
            if (!File.Exists(Path.Combine(run, "metrics.json")))
                Assert.Equal(0, Led.Run(Command(run)).Code);
        return run;
    }
}
