namespace LedCluster.Host.Diagnosis;

/// <summary>One thing that was looked at on this machine.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to do about it; empty when there is nothing to do.</param>
internal sealed record Finding(string Subject, FindingState State, string Detail, string Remedy = "");

/// <summary>How something is.</summary>
internal enum FindingState : byte
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Usable, but slower or tighter than it could be.</summary>
    Poor,

    /// <summary>Not there.</summary>
    Missing,

    /// <summary>It is there, and does not do what it must.</summary>
    Wrong,
}
