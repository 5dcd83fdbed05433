namespace LedCluster.Metrics;

/// <summary>Scores an ensemble against true members: each is predicted by the forecasts of the others.</summary>
/// <param name="Crps">Mean fair CRPS, in the variable's unit.</param>
/// <param name="SpreadSkill">Spread-skill ratio; NaN when the mean of the others has no error.</param>
/// <param name="Ranks">Ranks of the true members among the forecasts of the others.</param>
public sealed record EnsembleVerification(double Crps, double SpreadSkill, RankHistogram Ranks)
{
    private const int MostMembers = 500;

    /// <summary>Scores some places together.</summary>
    /// <param name="places">True and forecast values of each member at each place.</param>
    /// <returns>The scores of the first 500 members; null for fewer than three, which leave no ensemble of others.</returns>
    public static EnsembleVerification? Score((double[] True, double[] Forecast)[] places)
    {
        var members = Math.Min(MostMembers, places[0].True.Length);
        if (members < 3)
            return null;
        var (crps, variances, errors, ranks) = (0.0, new List<double>(), new List<double>(), new RankHistogram(members - 1));
        var others = new double[members - 1];
        foreach (var (truth, forecast) in places)
            for (var m = 0; m < members; m++)
            {
                forecast.AsSpan(0, m).CopyTo(others);
                forecast.AsSpan(m + 1, members - m - 1).CopyTo(others.AsSpan(m));
                var offset = others[0]; // equal members have no variance, to the bit
                var mean = offset + others.Average(x => x - offset);
                variances.Add(others.Sum(x => (x - mean) * (x - mean)) / (others.Length - 1));
                errors.Add(mean - truth[m]);
                ranks.Add(others, truth[m]);
                crps += EnsembleScores.FairCrps(others, truth[m]) / (members * places.Length);
            }
        return new(crps, EnsembleScores.SpreadSkill([.. variances], [.. errors], others.Length), ranks);
    }
}
