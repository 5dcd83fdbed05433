namespace LedCluster.Host.Service;

/// <summary>What a run is doing.</summary>
internal enum RunState : byte
{
    /// <summary>Waiting for the runs before it.</summary>
    Queued,

    /// <summary>On its way.</summary>
    Running,

    /// <summary>Asked to stop; the legs in flight are being finished.</summary>
    Stopping,

    /// <summary>At a checkpoint; it can be resumed.</summary>
    Stopped,

    /// <summary>Every member is at the final time or set aside.</summary>
    Finished,

    /// <summary>Not to be told, as its files are damaged or its study is not here.</summary>
    Unreadable,
}
