using System.Diagnostics;

namespace LedCluster.Host.Tests;

/// <summary>The short version of <c>bench soak</c>: a cluster of processes under random faults loses nothing.</summary>
public class SoakTests(ITestOutputHelper output)
{
    private const int Faults = 8;

    [Fact]
    public void A_cluster_under_random_faults_loses_doubles_and_changes_nothing()
    {
        var bench = AppContext.BaseDirectory.Replace(Path.Combine("tests", "Host"), "bench");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(bench, "LedCluster.Bench.dll"), "soak", "--faults", $"{Faults}", "--t-final", "800"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var soak = Process.Start(start)!;
        var outcome = Led.Finish(soak, ["soak"]);
        output.WriteLine(outcome.Output);
        Assert.True(outcome.Code == 0, outcome.Output + outcome.Errors);
        Assert.Contains("a run without faults ends: same bytes, each leg once", outcome.Output);
    }
}
