namespace LedCluster.Metrics;

/// <summary>
/// How often each rank was that of the observation among the M members of an ensemble: the number of members below it,
/// between 0 and M. It is flat for a calibrated ensemble (Hamill 2001, doi:10.1175/1520-0493(2001)129&lt;0550:IORHFV&gt;2.0.CO;2).
/// An observation that equals some members counts on every rank that it may have, in equal parts. Many ranks are counted
/// in ten classes; <see cref="Expected"/> says what a class of a calibrated ensemble holds, for classes need not be of one size.
/// </summary>
/// <param name="members">Ensemble size M.</param>
public sealed class RankHistogram(int members)
{
    /// <summary>Up to so many ranks, each is a class of its own.</summary>
    private const int MostSingleRanks = 20;

    private const int Classes = 10;

    private readonly double[] weights = new double[members + 1];
    private long cases;

    /// <summary>Part of the observations in each class, between 0 and 1; NaN before there are any.</summary>
    public double[] Shares => [.. Bounds().Select(c => weights[c.First..c.End].Sum() / cases)];

    /// <summary>Part of the observations that a calibrated ensemble has in each class: the class's part of the ranks.</summary>
    public double[] Expected => [.. Bounds().Select(c => (double)(c.End - c.First) / weights.Length)];

    /// <summary>Counts an observation.</summary>
    /// <param name="ensemble">The M members' values, in any order.</param>
    /// <param name="observed">What came true.</param>
    public void Add(ReadOnlySpan<double> ensemble, double observed)
    {
        int below = 0, equal = 0;
        foreach (var x in ensemble)
        {
            below += x < observed ? 1 : 0;
            equal += x == observed ? 1 : 0;
        }
        for (var rank = below; rank <= below + equal; rank++)
            weights[rank] += 1.0 / (equal + 1);
        cases++;
    }

    /// <summary>First rank of each class, and the one behind its last.</summary>
    private IEnumerable<(int First, int End)> Bounds()
    {
        var (ranks, classes) = (weights.Length, weights.Length <= MostSingleRanks ? weights.Length : Classes);
        return Enumerable.Range(0, classes).Select(k => ((int)((long)k * ranks / classes), (int)((long)(k + 1) * ranks / classes)));
    }
}
