namespace LedCluster.Host;

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>Something outside the program failed, for example a full disk; what was computed is kept.</summary>
    public const int Failed = 1;

    /// <summary>The input cannot be used; nothing was computed.</summary>
    public const int BadInput = 2;

    /// <summary>The run is complete, but some members failed.</summary>
    public const int SomeMembersFailed = 3;

    /// <summary>Stopped by request; the run can be resumed.</summary>
    public const int Cancelled = 130;
}
