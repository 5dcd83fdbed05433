using System.Diagnostics;
using LedCluster.Solvers.External;

namespace LedCluster.Solvers.Tests.External;

/// <summary>The programs of this folder.</summary>
internal static class SimulatorPrograms
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "External");

    private static readonly Lazy<string> Compiled = new(Compile);

    /// <summary>A simulator of simulators.py, with the Python client.</summary>
    public static SimulatorOptions Python(string mode) => new() { Command = ["/usr/bin/python3", "simulators.py", mode], FrameSeconds = 30 };

    /// <summary>heat.c, with the C client; the test is skipped where there is no compiler.</summary>
    public static SimulatorOptions C(params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "There is no C compiler here (/usr/bin/cc).");
        return new() { Command = [Compiled.Value, .. arguments], FrameSeconds = 30 };
    }

    private static string Compile()
    {
        var program = Path.Combine(Folder, $"heat-{Environment.ProcessId}");
        var start = new ProcessStartInfo("/usr/bin/cc", ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-o", program, "heat.c", "-lm"])
        {
            WorkingDirectory = Folder,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return program;
    }
}
