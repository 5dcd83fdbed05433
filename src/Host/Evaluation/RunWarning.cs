using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;
using LedCluster.Report;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>Something to know before a run's results are trusted: the same on the page, on the command line and in files.</summary>
/// <param name="Kind">For scripts: set-aside, training-members, parameters, extrapolation, reconstruction or cost.</param>
/// <param name="Text">For a person.</param>
internal sealed record RunWarning(string Kind, string Text)
{
    /// <summary>Distance beyond the training range, and reconstruction error, as a fraction of that range, from which a reader is warned.</summary>
    private const double Notable = 0.05;

    /// <summary>Negative log-likelihood of a point beyond that of validation data from which a reader is warned, in nats.</summary>
    private const double NotableLikelihood = 0.5;

    /// <summary>The warnings of a finished run.</summary>
    /// <param name="setup">The run; its output is there.</param>
    /// <param name="cost">What is known of its cost; null for nothing.</param>
    public static ImmutableArray<RunWarning> Of(ForecastSetup setup, CostComparison? cost)
    {
        var (members, trust) = Trust(setup);
        var failed = setup.Spec.Members - members;
        (string Kind, string? Text)[] all =
        [
            ("set-aside", failed == 0 ? null : $"{failed:N0} of {setup.Spec.Members:N0} members were set aside. Tables and figures show the others."),
            ("training-members", SeedCheck.Of(setup)?.Warning),
            ("parameters", ParameterCheck.Warning(
                setup.InitialConditions.Parameters, setup.Spec.Members, setup.Schedule.Final, setup.Layout.TimeStep, setup.Manifest.Training)),
            ("extrapolation", trust.Excess == 0 ? null
                : $"The latents of {Share(trust.Excess, members)} of the members left the training range by more than {Notable:P0} of it; "
                + "there the model extrapolates. See the figure on trust in the report."),
            ("reconstruction", trust.Reconstruction == 0 ? null : setup.Model.Reduction.HasLikelihood
                ? $"The decoder gives states of {Share(trust.Reconstruction, members)} of the members a lower likelihood than the validation data, by "
                + $"more than {NotableLikelihood} nats per point over a warm-up or micro leg; the model was not trained on such states. "
                + "See the figure on trust in the report."
                : $"The reconstruction error of {Share(trust.Reconstruction, members)} of the members is larger than {Notable:P0} of the training range, "
                + "root mean square over a warm-up or micro leg; the model was not trained on such states. See the figure on trust in the report."),
            ("cost", cost?.Warning),
        ];
        return [.. all.Where(warning => warning.Text is not null).Select(warning => new RunWarning(warning.Kind, warning.Text!))];
    }

    /// <summary>Warnings as JSON.</summary>
    public static JsonArray Write(IEnumerable<RunWarning> warnings) =>
        [.. warnings.Select(warning => (JsonNode)new JsonObject { ["kind"] = warning.Kind, ["text"] = warning.Text })];

    /// <summary>Warnings from JSON; none where there is nothing.</summary>
    public static ImmutableArray<RunWarning> Read(JsonNode? json) =>
        json is JsonArray warnings ? [.. warnings.Select(warning => new RunWarning((string)warning!["kind"]!, (string)warning["text"]!))] : [];

    /// <summary>Members that reached the end, and how many of them were beyond what the model knows at any time.</summary>
    private static (int Members, (int Excess, int Reconstruction) Beyond) Trust(ForecastSetup setup)
    {
        using var store = ForecastStore.Open(setup.Directory.OutputPath);
        int[] members = [.. store.ReadFailedLegs().Index().Where(m => m.Item < 0).Select(m => m.Index)];
        int Beyond(string measure) => StatisticsReader.Largest(store.Path, measure, members).Count(value => value > Notable);
        var unlikely = setup.Model.Reduction.HasLikelihood && Validated(setup.Manifest) is { } usual
            ? StatisticsReader.Largest(store.Path, "trust_reconstruction", members).Count(value => value > usual + NotableLikelihood) : 0;
        return (members.Length, (Beyond("trust_excess"), setup.Model.Reduction.HasLikelihood ? unlikely : Beyond("trust_reconstruction")));
    }

    /// <summary>
    /// Negative log-likelihood per point on the model's validation data, in the fields' units; null if it is not recorded. The record has it in scaled units
    /// for a network, and in the fields' units for a reduction that is taken from another model.
    /// </summary>
    internal static double? Validated(ModelManifest manifest)
    {
        return Figure("reduction") ?? Figure("autoencoder") + manifest.ChannelMinimum.Zip(manifest.ChannelMaximum, (low, high) => Math.Log(high - low)).Sum();

        double? Figure(string of) =>
            manifest.Training["figures"]?[$"{of}ValidationNegativeLogLikelihood"] is JsonValue value && value.TryGetValue(out double known) ? known : null;
    }

    private static string Share(int some, int all) => $"{NumberText.Significant(100.0 * some / all, 2)} %";
}
