namespace LedCluster.Host.Explanations;

/// <summary>Where a member of a run is.</summary>
internal enum MemberState : byte
{
    /// <summary>At the final time.</summary>
    Finished,

    /// <summary>Set aside, with a reason.</summary>
    Failed,

    /// <summary>On its way; a process is carrying out the run.</summary>
    Running,

    /// <summary>At a checkpoint; no process is carrying out the run.</summary>
    Stopped,
}
