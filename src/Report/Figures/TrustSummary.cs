namespace LedCluster.Report.Figures;

/// <summary>One measure of trust over the members, leg by leg.</summary>
/// <param name="Median">Median over members, [legs].</param>
/// <param name="Upper">95 % quantile over members, [legs].</param>
public sealed record TrustSummary(IReadOnlyList<double> Median, IReadOnlyList<double> Upper);
