namespace LedCluster.Host.Diagnosis;

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
