using LedCluster.Domain.Workers;
using LedCluster.Report;

namespace LedCluster.Host.Reproduction;

/// <summary>Forecasts of the micro solver from what reductions keep of the truth: what a micro leg starts with, and what becomes of it.</summary>
internal static class CylinderRestarts
{
    /// <summary>Errors by the time since the restart, mean over members; leads double from one frame on.</summary>
    /// <param name="reynolds">Reynolds number, for the title.</param>
    /// <param name="test">The truth.</param>
    /// <param name="size">Numbers C·X of a frame.</param>
    /// <param name="context">The member of an index.</param>
    /// <param name="reductions">Reductions, by a name for each.</param>
    /// <param name="advance">Frames that the solver makes after a frame of a member: the frame, the member, its index in time, and their number.</param>
    public static ReportTable Table(
        double reynolds, CylinderTest test, int size, Func<int, StepContext> context, (string Name, IReduction Reduction)[] reductions,
        Func<double[], int, int, int, double[]> advance)
    {
        var frames = test.Truth[0].Length / size - test.Known;
        int[] leads = [0, .. Enumerable.Range(0, 31).Select(k => 1 << k).TakeWhile(lead => lead < frames), frames];
        var errors = reductions.Select(r =>
        {
            var sums = new double[leads.Length];
            for (var m = 0; m < test.Truth.Length; m++)
            {
                var start = LatentForecast.Reconstructed(r.Reduction, test.Truth[m].AsSpan((test.Known - 1) * size, size), size, context(m).At(test.Known - 1));
                double[] path = [.. start, .. advance(start, m, test.Known - 1, frames)];
                foreach (var (i, lead) in leads.Index())
                    sums[i] += test.Mnad(path.AsSpan(lead * size, size), test.Truth[m].AsSpan((test.Known - 1 + lead) * size, size)) / test.Truth.Length;
            }
            return sums;
        }).ToArray();
        return new(
            FormattableString.Invariant($"Re = {reynolds}: MNAD of the micro solver restarted from the truth encoded and decoded, by the time ")
            + "since the restart.",
            [new("time"), .. reductions.Select(r => new ReportColumn(r.Name))],
            [.. leads.Select((lead, i) => (ReportCell[])[ReportCell.Number(lead * test.TimeStep, 3), .. errors.Select(e => ReportCell.Number(e[i], 3))])]);
    }
}
