using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Evaluation;

/// <summary>The run's <c>metrics.json</c>: what the forecast cost, and what it is worth once it has been evaluated.</summary>
internal static class MetricsFile
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes the forecast's part; an earlier evaluation is dropped.</summary>
    public static void WriteForecast(ForecastSetup setup, ForecastResult result) => Write(setup, new JsonObject
    {
        ["forecast"] = new JsonObject
        {
            ["members"] = setup.Spec.Members,
            ["done"] = result.Done,
            ["failed"] = result.Failures.Length,
            ["seconds"] = Terminal.Seconds(result.Times),
            ["wallSeconds"] = result.WallSeconds,
            ["cpuSeconds"] = result.CpuSeconds,
            ["resumed"] = result.Resumed,
        },
    });

    /// <summary>The forecast's part of a finished run as a result; null when the run is not finished.</summary>
    public static ForecastResult? Finished(ForecastSetup setup)
    {
        if (!File.Exists(setup.Directory.MetricsPath))
            return null;
        var forecast = Read(setup)["forecast"]!;
        return new ForecastResult(
            setup.Directory.Path, (int)forecast["done"]!, Journal.Read(setup.Directory.JournalPath).Failures, ForecastTimes(setup),
            (double)forecast["wallSeconds"]!, (double)forecast["cpuSeconds"]!, Cancelled: false, (bool)forecast["resumed"]!);
    }

    /// <summary>Adds an evaluation and returns it as JSON.</summary>
    public static JsonObject WriteEvaluation(ForecastSetup setup, EvaluationResult evaluation)
    {
        var file = Read(setup);
        var speed = SpeedUps(setup, evaluation);
        var part = new JsonObject
        {
            ["members"] = evaluation.Members,
            ["channels"] = new JsonObject(evaluation.Channels.Select(c => KeyValuePair.Create(c.Name, (JsonNode?)new JsonObject
            {
                ["mnad"] = Number(c.Errors.Mnad),
                ["rmse"] = Number(c.Errors.Rmse),
                ["correlation"] = Number(c.Errors.Correlation),
                ["wassersteinAtEnd"] = Number(c.Wasserstein),
                ["histogramDistanceAtEnd"] = c.HistogramDistance,
                ["fairCrpsAtEnd"] = Number(c.Crps),
                ["spreadSkillAtEnd"] = Number(c.SpreadSkill),
                ["rankSharesAtEnd"] = Numbers(c.Ranks?.Shares),
                ["rankSharesExpected"] = Numbers(c.Ranks?.Expected),
                ["validPredictionTime"] = c.Valid is { } valid ? new JsonObject { ["mean"] = valid.Mean, ["deviation"] = valid.Deviation } : null,
                ["derivativeDensityDistance"] = c.Climate is { } climate ? Number(climate.DensityDistance) : null,
                ["derivativeDensitySelfNoise"] = c.Climate is { } own ? Number(own.SelfNoise) : null,
            }))),
            ["microCpuSeconds"] = evaluation.MicroCpuSeconds,
            ["speedUp"] = new JsonObject { ["propagationAndMicro"] = Number(speed.Bare), ["withEncoderAndDecoder"] = Number(speed.Full) },
        };
        file["evaluation"] = part.DeepClone();
        Write(setup, file);
        return part;
    }

    /// <summary>
    /// How many times cheaper the forecast was than the micro solver alone, per member: without and with the time of encoder
    /// and decoder, which the paper leaves out.
    /// </summary>
    public static (double Bare, double Full) SpeedUps(ForecastSetup setup, EvaluationResult evaluation)
    {
        var times = ForecastTimes(setup);
        var micro = evaluation.MicroCpuSeconds / evaluation.Members * setup.Spec.Members;
        var bare = times.Cpu[(int)Work.Micro] + times.Cpu[(int)Work.Latent];
        return (micro / bare, micro / (bare + times.Cpu[(int)Work.Encode] + times.Cpu[(int)Work.Decode]));
    }

    /// <summary>Seconds per kind of work of the forecast, as the file has them.</summary>
    public static WorkTimes ForecastTimes(ForecastSetup setup)
    {
        var seconds = Read(setup)["forecast"]!["seconds"]!;
        double[] Column(string name) => [.. Enum.GetValues<Work>().Select(work => (double)seconds[work.ToString().ToLowerInvariant()]![name]!)];
        return new WorkTimes { Wall = Column("wall"), Cpu = Column("cpu") };
    }

    /// <summary>The file as JSON.</summary>
    /// <exception cref="UserError">The run is not finished.</exception>
    public static JsonObject Read(ForecastSetup setup) => File.Exists(setup.Directory.MetricsPath)
        ? Parsed(setup.Directory.MetricsPath)
        : throw new UserError($"'{setup.Directory.Path}' is not finished: it has no metrics.json. Finish it with: led resume {setup.Directory.Path}");

    private static JsonObject Parsed(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new UserError($"'{path}' cannot be read ({error.Message}). Delete it and finish the run again with: led resume {Path.GetDirectoryName(path)}");
        }
    }

    private static JsonArray Numbers(double[]? values) => [.. (values ?? []).Select(Number)];

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;

    private static void Write(ForecastSetup setup, JsonObject content)
    {
        var temporary = setup.Directory.MetricsPath + ".tmp";
        File.WriteAllText(temporary, content.ToJsonString(Indented) + "\n");
        File.Move(temporary, setup.Directory.MetricsPath, overwrite: true);
    }
}
