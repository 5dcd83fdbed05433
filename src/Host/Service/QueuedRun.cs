namespace LedCluster.Host.Service;

/// <summary>A run that waits in the queue or is being carried out.</summary>
/// <param name="id">Its name.</param>
/// <param name="path">Its directory.</param>
/// <param name="retryFailed">Whether failed members get another chance.</param>
/// <param name="priority">Those of a higher one come first.</param>
internal sealed class QueuedRun(string id, string path, bool retryFailed, int priority)
{
    /// <summary>The highest priority; the lowest is its negative.</summary>
    public const int HighestPriority = 100;

    /// <summary>Its name.</summary>
    public string Id => id;

    /// <summary>Its directory.</summary>
    public string Path => path;

    /// <summary>Whether failed members get another chance.</summary>
    public bool RetryFailed => retryFailed;

    /// <summary>Those of a higher one come first; of the same, the one that came first.</summary>
    public int Priority => priority;

    /// <summary>Asks it to stop.</summary>
    public CancellationTokenSource Stop { get; } = new();

    /// <summary>On a cluster, who waits for whom; null when nobody does.</summary>
    public string? Waits { get; set; }

    /// <summary>Whether it has left the queue.</summary>
    public bool Started { get; set; }

    /// <summary>Whether somebody cancelled it, so that it is not taken up again by itself.</summary>
    public bool Cancelled { get; set; }

    /// <summary>What it is doing.</summary>
    public RunState State => Stop.IsCancellationRequested ? RunState.Stopping : Started ? RunState.Running : RunState.Queued;
}

/// <summary>Names of runs: of directories directly below the service's own.</summary>
internal static class RunName
{
    private const int Longest = 100;

    /// <summary>Whether a text may name a run: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, the first a letter or digit.</summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
