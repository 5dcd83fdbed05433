namespace LedCluster.Host.Diagnosis;

/// <summary>One thing that was looked at on this machine.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do about it; empty when there is nothing to do.</param>
internal sealed record Finding(string Subject, FindingState State, string Detail, string Remedy = "");
