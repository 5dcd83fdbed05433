using System.Diagnostics;

namespace LedCluster.Storage.Tests;

/// <summary>Checks files with the tools that their readers use.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    /// <summary>Runs a script; an assertion that fails there fails the test here.</summary>
    public static void Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Interpreter, ["-W", "error::RuntimeWarning", "-c", script, .. arguments]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }
}
