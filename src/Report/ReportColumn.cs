namespace LedCluster.Report;

/// <summary>One column of a <see cref="ReportTable"/>.</summary>
/// <param name="Title">Heading.</param>
/// <param name="Unit">Unit, written under the heading; <c>1</c> reads "dimensionless", empty stands for nothing.</param>
/// <param name="IsReference">True for values from elsewhere (a paper, another code), which are set off from our own.</param>
public sealed record ReportColumn(string Title, string Unit = "", bool IsReference = false);
