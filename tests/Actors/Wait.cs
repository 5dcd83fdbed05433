using System.Diagnostics;

namespace LedCluster.Actors.Tests;

/// <summary>Waiting for what happens elsewhere.</summary>
internal static class Wait
{
    /// <summary>Waits until something is so.</summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="longest">When the test fails.</param>
    /// <param name="told">What was seen instead.</param>
    public static async Task Until(Func<bool> condition, TimeSpan longest, Func<string> told)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(1, TestContext.Current.CancellationToken))
            Assert.True(waited.Elapsed < longest, $"not within {longest.TotalSeconds} s: {told()}");
    }
}
