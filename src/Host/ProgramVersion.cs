using System.Reflection;
using System.Runtime.InteropServices;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host;

/// <summary>The version that runs are stamped with.</summary>
internal static class ProgramVersion
{
    /// <summary>For example 0.1.0.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>The commit that it was built from; null when it was built outside a repository.</summary>
    public static string? Commit { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')
            is [_, var commit] ? commit : null;

    /// <summary>That a run is begun here and now.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="now">The time.</param>
    public static Provenance Begun(RunSpec spec, DateTimeOffset now)
    {
        var date = FormattableString.Invariant($"{now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        var times = FormattableString.Invariant($"to t = {spec.FinalTime}, T_warm = {spec.WarmTime}, T_m = {spec.MacroTime}, T_mu = {spec.MicroTime}");
        var history = FormattableString.Invariant($"{date}: forecast of {spec.Members} members of {spec.Study} {times}");
        var platform = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}";
        return new(
            $"{history}, by LedCluster {Text} on {Environment.MachineName}", date, Environment.MachineName, Text, Commit, platform);
    }
}
