namespace LedCluster.Metrics;

/// <summary>Scores an ensemble against true members: each is predicted by the forecasts of the others.</summary>
public static class EnsembleVerification
{
    private const int MostMembers = 500, Classes = 10;

    /// <summary>Scores some places together.</summary>
    /// <param name="places">True and forecast values of each member at each place.</param>
    /// <returns>Mean fair CRPS, spread-skill ratio and shares of ranks in ten classes; NaN for fewer than three members.</returns>
    public static (double Crps, double SpreadSkill, double[] Ranks) Score((double[] True, double[] Forecast)[] places)
    {
        var members = Math.Min(MostMembers, places[0].True.Length);
        if (members < 3)
            return (double.NaN, double.NaN, []);
        var (crps, variances, errors, ranks) = (0.0, new List<double>(), new List<double>(), new double[Classes]);
        var others = new double[members - 1];
        foreach (var (truth, forecast) in places)
            for (var m = 0; m < members; m++)
            {
                forecast.AsSpan(0, m).CopyTo(others);
                forecast.AsSpan(m + 1, members - m - 1).CopyTo(others.AsSpan(m));
                var mean = others.Average();
                variances.Add(others.Sum(x => (x - mean) * (x - mean)) / (others.Length - 1));
                errors.Add(mean - truth[m]);
                ranks[Math.Min(Classes - 1, EnsembleScores.Rank(others, truth[m]) * Classes / members)] += 1.0 / (members * places.Length);
                crps += EnsembleScores.FairCrps(others, truth[m]) / (members * places.Length);
            }
        return (crps, EnsembleScores.SpreadSkill([.. variances], [.. errors], others.Length), ranks);
    }
}
