using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Files;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Evaluation;

/// <summary>The run's <c>metrics.json</c>: the cost of the forecast and, once it has been evaluated, its errors.</summary>
internal static class MetricsFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly JsonSerializerOptions Required = new(StrictJson.Options())
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>Writes the forecast's part; an earlier evaluation is dropped.</summary>
    public static void WriteForecast(ForecastSetup setup, ForecastResult result)
    {
        var cost = CostComparison.Estimated(setup.Schedule, result.Times, result.Frames);
        Write(setup, new JsonObject
        {
            ["forecast"] = new JsonObject
            {
                ["members"] = setup.Spec.Members,
                ["done"] = result.Done,
                ["failed"] = result.Failures.Length,
                ["memberFrames"] = new JsonObject { ["all"] = result.Frames.All, ["micro"] = result.Frames.Micro },
                ["seconds"] = Terminal.Seconds(result.Times),
                ["wallSeconds"] = result.WallSeconds,
                ["cpuSeconds"] = result.CpuSeconds,
                ["resumed"] = result.Resumed,
                ["seeds"] = SeedCheck.Of(setup)?.Json,
                ["speedUp"] = cost?.Json,
                ["warnings"] = RunWarning.Write(RunWarning.Of(setup, cost)),
            },
        });
    }

    /// <summary>The forecast's part of a finished run as a result; null when the run is not finished.</summary>
    public static ForecastResult? Finished(ForecastSetup setup)
    {
        if (!File.Exists(setup.Directory.MetricsPath))
            return null;
        var forecast = Forecast(setup);
        return new ForecastResult(
            setup.Directory.Path, (int)forecast["done"]!, Journal.Read(setup.Directory.JournalPath).Failures, ForecastTimes(setup), Frames(setup),
            ResultJson.Number(forecast["wallSeconds"]), ResultJson.Number(forecast["cpuSeconds"]), Cancelled: false, (bool)forecast["resumed"]!);
    }

    /// <summary>Adds an evaluation and returns it as JSON.</summary>
    public static JsonObject WriteEvaluation(ForecastSetup setup, EvaluationResult evaluation)
    {
        var file = Read(setup.Directory);
        var cost = CostComparison.Measured(setup, evaluation);
        var part = new JsonObject
        {
            ["members"] = evaluation.Members,
            ["channels"] = new JsonObject(evaluation.Channels.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)new JsonObject
            {
                ["mnad"] = c.Errors.Mnad,
                ["rmse"] = c.Errors.Rmse,
                ["correlation"] = c.Errors.Correlation,
                ["wassersteinAtEnd"] = c.Wasserstein,
                ["histogramDistanceAtEnd"] = c.HistogramDistance,
                ["fairCrpsAtEnd"] = c.Crps,
                ["spreadSkillAtEnd"] = c.SpreadSkill,
                ["rankSharesAtEnd"] = Numbers(c.Ranks?.Shares),
                ["rankSharesExpected"] = Numbers(c.Ranks?.Expected),
                ["validPredictionTime"] = c.Valid is { } valid ? new JsonObject { ["mean"] = valid.Mean, ["deviation"] = valid.Deviation } : null,
                ["derivativeDensityDistance"] = c.Climate?.DensityDistance,
                ["derivativeDensitySelfNoise"] = c.Climate?.SelfNoise,
            }))),
            ["laws"] = evaluation.Laws is { } laws ? new JsonObject(laws.Means.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)new JsonObject
            {
                ["histogram"] = row.Mean.Histogram,
                ["simpson"] = row.Mean.Simpson,
                ["wasserstein"] = row.Mean.Wasserstein,
                ["energy"] = row.Mean.Energy,
            }))) : null,
            ["microCpuSeconds"] = evaluation.MicroCpuSeconds,
            ["seeds"] = SeedCheck.Of(setup)?.Json,
            ["speedUp"] = cost.Json,
            ["warnings"] = RunWarning.Write(RunWarning.Of(setup, cost)),
        };
        file["evaluation"] = part.DeepClone();
        Write(setup, file);
        return part;
    }

    /// <summary>Seconds per kind of work of the forecast, as the file has them.</summary>
    public static WorkTimes ForecastTimes(ForecastSetup setup)
    {
        var seconds = Forecast(setup)["seconds"]!;
        double[] Column(string name) => [.. Enum.GetValues<Work>().Select(work => ResultJson.Number(seconds[work.ToString().ToLowerInvariant()]![name]))];
        return new WorkTimes { Wall = Column("wall"), Cpu = Column("cpu") };
    }

    /// <summary>Frames that the forecast computed, as the file has them.</summary>
    public static MemberFrames Frames(ForecastSetup setup) => Forecast(setup)["memberFrames"] is { } frames
        ? new((long)frames["all"]!, (long)frames["micro"]!)
        : new((long)setup.Spec.Members * (setup.Schedule.Final + 1), 0); // a file of an earlier version: all of them, it is not known by whom

    /// <summary>Warnings of a finished run: those of its evaluation, if there is one.</summary>
    public static ImmutableArray<RunWarning> Warnings(RunDirectory directory)
    {
        var file = Read(directory);
        return RunWarning.Read((file["evaluation"] ?? file["forecast"])?["warnings"]);
    }

    /// <summary>The forecast's part of the file.</summary>
    /// <exception cref="UserError">The run is not finished.</exception>
    public static JsonNode Forecast(ForecastSetup setup) => Read(setup.Directory)["forecast"]!;

    /// <summary>The file as JSON.</summary>
    /// <exception cref="UserError">The run is not finished.</exception>
    public static JsonObject Read(RunDirectory directory) => File.Exists(directory.MetricsPath)
        ? Parsed(directory.MetricsPath)
        : throw new UserError($"'{directory.Path}' is not finished: it has no metrics.json. Finish it with: led resume {directory.Path}");

    internal static JsonObject Parsed(string path)
    {
        try
        {
            var file = StrictJson.ReadObjectFile(path);
            var forecast = StrictJson.Read<ForecastPart>(JsonSerializer.SerializeToUtf8Bytes(file["forecast"]), Required);
            if (file["evaluation"] is { } evaluation)
                StrictJson.Read<EvaluationPart>(JsonSerializer.SerializeToUtf8Bytes(evaluation), Required);
            var seconds = StrictJson.Whole(forecast.Seconds);
            return Enum.GetNames<Work>().FirstOrDefault(work => !seconds.ContainsKey(work.ToLowerInvariant())) is not { } missing ? file
                : throw new JsonException($"The seconds of '{missing.ToLowerInvariant()}' are missing.");
        }
        catch (JsonException error)
        {
            throw new UserError($"'{path}' cannot be read ({error.Message}). Delete it and complete the run again with: "
                + $"led resume {Path.GetDirectoryName(path)}");
        }
    }

    private static JsonArray Numbers(double[]? values) => [.. (values ?? []).Select(value => (JsonNode)value)];

    /// <summary>What a forecast's part must have, and what else is read of it; null stands for what is not finite.</summary>
    private sealed record ForecastPart(
        int Done, Dictionary<string, WorkSeconds> Seconds, double? WallSeconds, double? CpuSeconds, bool Resumed, FramesPart? MemberFrames = null,
        RunWarning[]? Warnings = null);

    /// <summary>What is read of an evaluation's part.</summary>
    private sealed record EvaluationPart(RunWarning[]? Warnings = null);

    /// <summary>What one kind of work cost.</summary>
    private sealed record WorkSeconds(double? Wall, double? Cpu);

    /// <summary>Frames that were computed.</summary>
    private sealed record FramesPart(long All, long Micro);

    private static void Write(ForecastSetup setup, JsonObject content)
    {
        var temporary = setup.Directory.MetricsPath + ".tmp";
        File.WriteAllText(temporary, ResultJson.Text(content, Indented) + "\n");
        File.Move(temporary, setup.Directory.MetricsPath, overwrite: true);
    }
}
