namespace LedCluster.Metrics;

/// <summary>Scores of an ensemble as a probabilistic forecast of one observed number.</summary>
public static class EnsembleScores
{
    /// <summary>
    /// Fair continuous ranked probability score, mean|x_i − y| − Σ_{i≠j}|x_i − x_j| / (2M(M−1)), in the variable's unit;
    /// unbiased in the ensemble size (Ferro 2014, doi:10.1002/qj.2270). O(M log M): over the sorted ensemble
    /// Σ_{i≠j}|x_i − x_j| = 2 Σ_i (2i − M + 1) x_(i), i from 0.
    /// </summary>
    /// <param name="ensemble">The M members' values, M ≥ 2; sorted in place.</param>
    /// <param name="observed">What came true.</param>
    /// <exception cref="ArgumentException">Fewer than two members.</exception>
    public static double FairCrps(Span<double> ensemble, double observed)
    {
        var m = ensemble.Length;
        if (m < 2)
            throw new ArgumentException($"The fair CRPS needs at least 2 members, got {m}.");
        ensemble.Sort();
        double error = 0, spread = 0;
        for (var i = 0; i < m; i++)
        {
            error += Math.Abs(ensemble[i] - observed);
            spread += (2 * i - m + 1) * ensemble[i];
        }
        return error / m - spread / ((double)m * (m - 1));
    }

    /// <summary>
    /// Spread-skill ratio √((M+1)/M · mean variance) / √mean squared error of the ensemble mean, dimensionless; 1 for an
    /// ensemble that is as uncertain as it is wrong (Fortin et al. 2014, doi:10.1175/JHM-D-14-0008.1), 0 for equal members; NaN
    /// when the ensemble mean has no error, for then there is nothing that the spread could be compared with.
    /// </summary>
    /// <param name="variances">Unbiased ensemble variance of each case.</param>
    /// <param name="errors">Ensemble mean minus observation of each case.</param>
    /// <param name="members">Ensemble size M.</param>
    public static double SpreadSkill(ReadOnlySpan<double> variances, ReadOnlySpan<double> errors, int members)
    {
        double variance = 0, square = 0;
        for (var i = 0; i < variances.Length; i++)
        {
            variance += variances[i];
            square += errors[i] * errors[i];
        }
        return square > 0 ? Math.Sqrt((members + 1.0) / members * variance / square) : double.NaN;
    }
}
