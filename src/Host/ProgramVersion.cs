namespace LedCluster.Host;

/// <summary>The version that runs are stamped with.</summary>
internal static class ProgramVersion
{
    /// <summary>For example 0.1.0.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version!.ToString(3);
}
