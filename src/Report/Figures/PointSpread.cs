namespace LedCluster.Report.Figures;

/// <summary>Distribution of one channel over the members at one grid point, in the channel's unit.</summary>
/// <param name="Mean">Mean over members, [F].</param>
/// <param name="Lower">5 % quantile, [F].</param>
/// <param name="Upper">95 % quantile, [F].</param>
public sealed record PointSpread(IReadOnlyList<double> Mean, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)
{
    /// <summary>25 % and 75 % quantile, [F] each; null leaves the inner band out.</summary>
    public (IReadOnlyList<double> Lower, IReadOnlyList<double> Upper)? Quartiles { get; init; }
}
