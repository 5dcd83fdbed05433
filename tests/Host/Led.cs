using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>The program, run as a process of its own.</summary>
public static class Led
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(300);

    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Runs a command to its end.</summary>
    public static Outcome Run(params string[] arguments)
    {
        using var process = Start(arguments);
        return Finish(process, arguments);
    }

    /// <summary>Runs a command that must succeed and returns its JSON line.</summary>
    public static JsonNode Json(params string[] arguments)
    {
        var outcome = Run([.. arguments, "--json"]);
        Assert.True(outcome.Code == 0, $"led {string.Join(' ', arguments)}: exit code {outcome.Code}\n{outcome.Errors}");
        return JsonNode.Parse(Assert.Single(outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!;
    }

    /// <summary>Starts a command.</summary>
    public static Process Start(params string[] arguments) =>
        Process.Start(Prepared("dotnet", [Path.Combine(AppContext.BaseDirectory, "led.dll"), .. arguments]))!;

    /// <summary>Starts a command that hears a signal even where the tests were told to ignore it, as <c>nohup</c> does.</summary>
    public static Process StartHearing(string signal, params string[] arguments) =>
        Process.Start(Prepared("env", [$"--default-signal={signal}", "dotnet", Path.Combine(AppContext.BaseDirectory, "led.dll"), .. arguments]))!;

    /// <summary>Runs a line of bash in which <c>$LED</c> is the program.</summary>
    public static Outcome Shell(string line)
    {
        var start = Prepared("bash", ["-c", line]);
        start.Environment["LED"] = $"dotnet {Path.Combine(AppContext.BaseDirectory, "led.dll")}";
        using var process = Process.Start(start)!;
        return Finish(process, [line]);
    }

    /// <summary>Waits for the end of a process; one that hangs is killed and fails the test.</summary>
    public static Outcome Finish(Process process, string[] arguments)
    {
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{string.Join(' ', arguments)}' did not end within {Longest.TotalSeconds} s");
        }
        return new Outcome(process.ExitCode, output.Result, errors.Result);
    }

    private static ProcessStartInfo Prepared(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LEDCLUSTER_STUDIES"] = Path.Combine(Root, "studies");
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LedCluster.sln")))
            directory = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory))
                ?? throw new DirectoryNotFoundException("LedCluster.sln is in no directory above the tests.");
        return directory;
    }

    /// <summary>How a process ended.</summary>
    public sealed record Outcome(int Code, string Output, string Errors);
}
