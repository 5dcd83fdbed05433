using System.Diagnostics;
using LedCluster.Host.Console;

namespace LedCluster.Host.Reproduction;

/// <summary>Counts the cases of a reproduction and tells of each with what is left. Cases may end on several threads.</summary>
/// <param name="cases">Number of cases.</param>
/// <param name="set">Sets the bar.</param>
/// <param name="say">Says something beside its title.</param>
/// <param name="note">Takes a line.</param>
internal sealed class ReproductionProgress(int cases, Action<double> set, Action<string?> say, Action<string> note)
{
    private readonly Lock gate = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private int done, kept;

    /// <summary>Cases that an interrupted reproduction left: they take no time.</summary>
    public void Keep(int count)
    {
        lock (gate)
            kept += count;
    }

    /// <summary>A whole figure was there already.</summary>
    public void Skip(string figure, int count)
    {
        lock (gate)
        {
            kept += count;
            set(done += count);
            note($"figure {figure}: result of an earlier reproduction");
        }
    }

    /// <summary>A case is done.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="what">The case and what it came to.</param>
    public void Done(string figure, string what)
    {
        lock (gate)
        {
            set(++done);
            var left = Left();
            say(left);
            note($"figure {figure}, {what} ({done} of {cases}{(left is null ? "" : $", {left}")})");
        }
    }

    /// <summary>The time that is left, if cases to come take as long as those computed so far.</summary>
    private string? Left() => done > kept && done < cases ? $"about {Terminal.Time(watch.Elapsed.TotalSeconds / (done - kept) * (cases - done))} left" : null;
}
