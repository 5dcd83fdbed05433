using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>The batch script, carried out as Slurm would: with stand-ins for <c>srun</c> and <c>scontrol</c>.</summary>
public sealed class SlurmTests(Workplace place) : IClassFixture<Workplace>
{
    private static readonly string Script = Path.Combine(Led.Root, "deploy", "slurm", "led.sbatch");

    [Fact]
    public void A_job_drains_before_its_wall_time_is_put_back_and_goes_on_to_the_same_bytes()
    {
        var run = place.Fresh();
        string[] forecast = [
            "fhn", "--members", "24", "--t-final", "3000", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30", "--cohort-size", "4",
            "--model", place.Model];
        var first = Submit([.. forecast, "--run", run]);
        Assert.True(RunWatch.Grown(run, 0, first), "the job ended before its wall-time");
        Cluster.Signal("USR1", first);
        var outcome = Led.Finish(first, [Script]);
        Assert.True(outcome.Code == 0, outcome.Errors);
        Assert.Equal("requeue 4711", File.ReadAllText(place["scontrol.log"]).Trim());
        Assert.Matches(@"Stopped at \d+ %, at a checkpoint", outcome.Errors);
        Assert.Equal(2, outcome.Errors.Split(" is drained").Length - 1);

        var second = Submit([.. forecast, "--run", run]);
        var finished = Led.Finish(second, [Script]);
        Assert.True(finished.Code == 0, finished.Errors);
        Assert.Contains("24 of 24 members done", finished.Output);
        Assert.Single(File.ReadAllLines(place["scontrol.log"]));
        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(run)!, ".led-4711-*"));
        var reference = place.Fresh();
        Led.Json(["forecast", .. forecast, "--run", reference]);
        Workplace.AssertSameOutput(reference, run);
    }

    [Fact]
    public void A_job_that_could_not_be_put_back_is_refused()
    {
        var outcome = Led.Finish(Submit("fhn", "--members", "2"), [Script]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("give the study and --run DIR", outcome.Errors);
    }

    private Process Submit(params string[] arguments)
    {
        Tool("led", $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "led.dll")} \"$@\"");
        Tool("srun", "while [[ $1 == -* ]]; do shift; done; exec \"$@\"");
        Tool("scontrol", $"echo \"$@\" >>{place["scontrol.log"]}");
        var start = new ProcessStartInfo("bash", [Script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["PATH"] = $"{place["bin"]}:{Environment.GetEnvironmentVariable("PATH")}",
            ["TMPDIR"] = Directory.CreateDirectory(place["tmp"]).FullName,
            ["LEDCLUSTER_STUDIES"] = Path.Combine(Led.Root, "studies"),
            ["LED_HEAD"] = "127.0.0.1",
            ["SLURM_JOB_ID"] = "4711",
            ["SLURM_CPUS_ON_NODE"] = "1",
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private void Tool(string name, string line)
    {
        var path = Path.Combine(Directory.CreateDirectory(place["bin"]).FullName, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{line}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }
}
