namespace LedCluster.Report.Plots;

/// <summary>One labelled mark on an axis.</summary>
/// <param name="Value">Where it stands, in the axis' unit.</param>
/// <param name="Label">What is written there.</param>
public readonly record struct Tick(double Value, string Label);
