using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Error of one channel over time.</summary>
/// <param name="Channel">Name of the channel, for example <c>u</c>.</param>
/// <param name="Mean">Normalised absolute error, mean over members and points, dimensionless, [F].</param>
public sealed record ChannelError(string Channel, IReadOnlyList<double> Mean)
{
    /// <summary>5 % and 95 % quantile over members, [F] each; null leaves the band out.</summary>
    public Band? Quantiles { get; init; }
}
