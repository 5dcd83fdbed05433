using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>What docs/gpu.md says to run on a GPU, with the device swapped and small sizes.</summary>
public sealed class GpuScriptTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_command_for_a_GPU_runs_without_one_and_prints_its_figures()
    {
        var bench = Path.Combine(AppContext.BaseDirectory.Replace(Path.Combine("tests", "Host"), "bench"), "LedCluster.Bench.dll");
        var start = new ProcessStartInfo(Path.Combine(Led.Root, "bench", "gpu.sh"), ["torch:cpu", "ilgpu:cpu", "4096"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LED_BENCH"] = $"dotnet {bench}";
        using var script = Process.Start(start)!;
        var outcome = Led.Finish(script, ["gpu.sh"]);
        output.WriteLine(outcome.Output);
        Assert.True(outcome.Code == 0, outcome.Output + outcome.Errors);
        Assert.DoesNotContain("FAILED", outcome.Output);
        Assert.Matches(@"variational, lstm( +\d\.\dE-0\d+){4} +0 of 660\n", outcome.Output);
        Assert.Matches(@"LSTM H = 512, d_z = 8, 4 members, bf16( +\d+\.\d\d){3}\n", outcome.Output);
        Assert.Matches(@"variational, lstm +0 of 1364\n", outcome.Output);
        Assert.Equal(2, outcome.Output.Split("latents kept: ").Length - 1);
        Assert.Contains("the same bytes on cpu and ilgpu:cpu", outcome.Output);
        Assert.Equal(2, outcome.Output.Split("\"propagatorValidationError\": 0.").Length - 1);
    }
}
