namespace LedCluster.Domain.Workers;

/// <summary>CPU time that child processes spent on behalf of the calling thread, so that work clocks can tell it as work of the thread.</summary>
public static class ChildProcessTime
{
    [ThreadStatic]
    private static double seconds;

    /// <summary>CPU seconds of child processes so far.</summary>
    public static double Seconds => seconds;

    /// <summary>A child process has spent CPU seconds for the calling thread.</summary>
    public static void Add(double more) => seconds += more;
}
