using System.Text.Json;
using System.Text.Json.Serialization;

namespace LedCluster.Host.Studies;

/// <summary>What <c>led reproduce</c> runs for a study, and the published figures beside it; <c>reproduce.json</c> in its folder.</summary>
internal sealed record ReproductionPlan
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>T_warm.</summary>
    public required double WarmTime { get; init; }

    /// <summary>Forecast time after the warm-up.</summary>
    public required double Horizon { get; init; }

    /// <summary>T_μ of the multiscale forecasts.</summary>
    public required double MicroTime { get; init; }

    /// <summary>T_m of the multiscale forecasts.</summary>
    public required double[] MacroTimes { get; init; }

    /// <summary>Members of each test.</summary>
    public required int Members { get; init; }

    /// <summary>Seed of the random family in the test on new initial conditions; no training uses it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Reference initial condition whose trajectory the published test cuts into windows.</summary>
    public required string WindowsOf { get; init; }

    /// <summary>The windows start at equal distances over this time.</summary>
    public required double WindowSpan { get; init; }

    /// <summary>Channel of the published figures.</summary>
    public required string Channel { get; init; }

    /// <summary>Published MNAD of the test on windows.</summary>
    public required PublishedFigure[] Published { get; init; }

    /// <summary>Reads a study's plan.</summary>
    /// <exception cref="UserError">There is none, or it cannot be read.</exception>
    public static ReproductionPlan Load(Study study)
    {
        var path = Path.Combine(study.Directory, "reproduce.json");
        if (!File.Exists(path))
            throw new UserError($"Study '{study.Name}' has no reproduce.json, so that there is nothing to reproduce.");
        try
        {
            return JsonSerializer.Deserialize<ReproductionPlan>(File.ReadAllText(path), Format)!;
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read '{path}': {error.Message}");
        }
    }
}

/// <summary>A published figure.</summary>
/// <param name="Case"><c>latent</c>, or T_m.</param>
/// <param name="Paper">What the paper reports, if it does.</param>
/// <param name="Reference">What the reference implementation gives, measured by us.</param>
internal sealed record PublishedFigure(string Case, double? Paper = null, double? Reference = null);
