using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Host.Cluster;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Tuning;

/// <summary>
/// Runs trials side by side, each training a process of its own; what is finished is kept, so that a search that was stopped
/// goes on where it was.
/// </summary>
/// <param name="study">The study.</param>
/// <param name="plan">What is searched.</param>
/// <param name="directory">Where the trials lie, a folder each.</param>
/// <param name="trainingSeed">Seed of every training.</param>
internal sealed class Search(Study study, SearchPlan plan, string directory, ulong trainingSeed)
{
    private const string ResultName = "result.json";

    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>Runs trials.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="jobs">Trials at a time.</param>
    /// <param name="done">Told of each finished trial.</param>
    /// <param name="cancel">Stops the trainings at a checkpoint.</param>
    /// <returns>The results, best first.</returns>
    public IReadOnlyList<TrialResult> Run(IReadOnlyList<Trial> trials, int jobs, Action<TrialResult> done, CancellationToken cancel)
    {
        var (results, gate) = (new List<TrialResult>(), new Lock());
        Parallel.ForEach(trials, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancel }, trial =>
        {
            var result = Finished(trial) ?? Try(trial, cancel);
            lock (gate)
            {
                results.Add(result);
                done(result);
            }
        });
        return [.. results.OrderBy(r => double.IsNaN(r.Score(plan.Rank))).ThenBy(r => r.Score(plan.Rank)).ThenBy(r => r.Trial.Name, StringComparer.Ordinal)];
    }

    private string Folder(Trial trial) => Path.Combine(directory, trial.Name);

    private TrialResult? Finished(Trial trial)
    {
        var path = Path.Combine(Folder(trial), ResultName);
        if (!File.Exists(path))
            return null;
        try
        {
            var kept = StrictJson.ReadFile<KeptResult>(path, Format);
            return new TrialResult(trial, kept.Mnad ?? double.NaN, kept.Climate ?? double.NaN, kept.CpuSeconds ?? double.NaN, kept.Weights, kept.Note);
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the result '{path}': {error.Message} Delete it to run the trial again.");
        }
    }

    private TrialResult Try(Trial trial, CancellationToken cancel)
    {
        var model = Path.Combine(Folder(trial), "model");
        var fault = Train(trial, model, cancel);
        cancel.ThrowIfCancellationRequested();
        var result = fault is null ? Judge(trial, model, cancel) : new TrialResult(trial, double.NaN, double.NaN, 0, 0, fault);
        Directory.CreateDirectory(Folder(trial));
        var content = new KeptResult(
            new JsonObject(trial.Settings.Select(s => KeyValuePair.Create(s.Path, JsonNode.Parse(s.Value)))),
            Finite(result.Mnad), Finite(result.Climate), Finite(result.TrainingSeconds), result.Weights, result.Note);
        File.WriteAllText(Path.Combine(Folder(trial), ResultName), JsonSerializer.Serialize(content, Format) + "\n");
        return result;
    }

    /// <summary>Trains in a process of its own; returns why it could not be done, or null.</summary>
    private string? Train(Trial trial, string model, CancellationToken cancel)
    {
        if (File.Exists(Path.Combine(model, ModelFile.ManifestName)))
            return null; // stopped between training and judging
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(Search).Assembly.Location] : [];
        using var process = Process.Start(new ProcessStartInfo(program,
            [.. self, "train", study.Name, "--variant", plan.Variant, "--seed", $"{trainingSeed}", "--out", model, .. trial.Options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1", ["LEDCLUSTER_STUDIES"] = StudyCatalog.Root() },
        })!;
        using var stop = cancel.Register(() => Process.Start("kill", ["-TERM", $"{process.Id}"]));
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == ExitCode.Done ? null
            : errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? $"exit code {process.ExitCode}";
    }

    /// <summary>Means over channels for latent forecasts.</summary>
    private TrialResult Judge(Trial trial, string modelDirectory, CancellationToken cancel)
    {
        var (_, manifest) = ForecastSetup.LoadModel(study, modelDirectory);
        var path = Path.Combine(Folder(trial), "forecast");
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        var conditions = InitialConditions.Random(study, plan.Seed, plan.Members);
        var spec = new RunSpec
        {
            Study = study.Name,
            Solver = ExternalStudy.Identity(study),
            Members = plan.Members,
            FinalTime = plan.WarmTime + plan.Horizon,
            WarmTime = plan.WarmTime,
            MacroTime = plan.Horizon,
            MicroTime = 0,
            Lift = study.Lift,
            Save = SaveRule.Fields,
            Seed = plan.Seed,
            InitialConditions = conditions.Identity,
            Parameters = ParameterInput.Text(conditions.Parameters),
            ModelHash = manifest.Identity,
            Version = ProgramVersion.Text,
        };
        var setup = ForecastSetup.Create(path, spec, study, modelDirectory, conditions);
        var execution = new ExecutionOptions { CohortSize = plan.Members, Workers = 1 };
        var forecast = ForecastRunner.Run(setup, execution, EngineChoice.Local, retryFailed: false, null, cancel);
        cancel.ThrowIfCancellationRequested();
        var channels = forecast.Done < plan.Members ? null : Evaluator.Evaluate(setup, plan.Members, 1, _ => { }).Channels;
        Directory.Delete(path, recursive: true);
        return new TrialResult(
            trial, channels?.Average(c => c.Errors.Mnad) ?? double.NaN,
            channels?.Average(c => c.Climate is { } climate ? climate.DensityDistance / climate.SelfNoise : double.NaN) ?? double.NaN,
            manifest.TrainingSeconds, ModelFile.CountWeights(modelDirectory),
            forecast.Done < plan.Members ? $"{plan.Members - forecast.Done} of {plan.Members} forecasts failed" : "");
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    /// <summary>A result as it is kept; null stands for NaN.</summary>
    private sealed record KeptResult(JsonObject Settings, double? Mnad, double? Climate, double? CpuSeconds, int Weights, string Note);
}

/// <summary>What a trial came to.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Mnad">Mean over channels of the validation forecasts' MNAD; NaN when training or forecasts failed.</param>
/// <param name="Climate">
/// Mean over channels of the distance of their density of derivatives from the truth, over that of the truth from itself; NaN when
/// training or forecasts failed, and for a domain that is not periodic.
/// </param>
/// <param name="TrainingSeconds">CPU seconds of the training.</param>
/// <param name="Weights">Number of weights.</param>
/// <param name="Note">Why it failed; empty when it did not.</param>
internal sealed record TrialResult(Trial Trial, double Mnad, double Climate, double TrainingSeconds, int Weights, string Note)
{
    /// <summary>What a ranking goes by.</summary>
    public double Score(TrialRanking ranking) => ranking == TrialRanking.Climate ? Climate : Mnad;
}
