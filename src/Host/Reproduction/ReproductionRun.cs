using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Cluster;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Reproduction;

/// <summary>Where and how the cases of a reproduction run.</summary>
/// <param name="Study">The study.</param>
/// <param name="Chosen">Name or directory of the model for figures that name none; null for the study's default.</param>
/// <param name="Directory">Where runs are put; their fields are deleted again.</param>
/// <param name="Kept">What cases came to; a reproduction that was interrupted goes on with them.</param>
/// <param name="Workers">Threads.</param>
/// <param name="Done">Told of each finished case in a few words.</param>
/// <param name="Cancel">Stops within one leg.</param>
internal sealed record ReproductionRun(
    Study Study, string? Chosen, string Directory, KeptCases Kept, int Workers, Action<string> Done, CancellationToken Cancel)
{
    /// <summary>Directory of the model for figures that name none.</summary>
    /// <exception cref="UserError">The study has no such model.</exception>
    public string DefaultModel => Study.FindModel(Chosen);

    /// <summary>Runs one forecast and compares it with the micro solver.</summary>
    /// <param name="name">Name of its run directory.</param>
    /// <param name="model">The model's directory.</param>
    /// <param name="conditions">Initial conditions.</param>
    /// <param name="seed">Seed of the random family.</param>
    /// <param name="times">T_warm, horizon after it, T_m and T_μ; T_m = horizon and T_μ = 0 for a latent forecast.</param>
    /// <param name="lift">How the micro solver restarts.</param>
    public CaseOutcome Forecast(
        string name, string model, InitialConditions conditions, ulong seed, (double Warm, double Horizon, double Macro, double Micro) times, LiftRule lift) =>
        Kept.Get($"forecast {name}", () => Carry(name, model, conditions, seed, times, lift));

    private CaseOutcome Carry(
        string name, string model, InitialConditions conditions, ulong seed, (double Warm, double Horizon, double Macro, double Micro) times, LiftRule lift)
    {
        Cancel.ThrowIfCancellationRequested();
        var path = Path.Combine(Directory, name);
        if (File.Exists(Path.Combine(path, "spec.json"))) // a run of an earlier reproduction
            System.IO.Directory.Delete(path, recursive: true);
        var spec = new RunSpec
        {
            Study = Study.Name,
            Solver = ExternalStudy.Identity(Study),
            Members = conditions.Members,
            FinalTime = times.Warm + times.Horizon,
            WarmTime = times.Warm,
            MacroTime = times.Macro,
            MicroTime = times.Micro,
            Lift = lift,
            Save = SaveRule.Fields,
            Seed = seed,
            InitialConditions = conditions.Identity,
            Parameters = ParameterInput.Text(conditions.Parameters),
            ModelHash = ForecastSetup.LoadModel(Study, model).Manifest.Identity,
            Version = ProgramVersion.Text,
        };
        var setup = ForecastSetup.Create(path, spec, Study, model, conditions);
        var options = new ExecutionOptions { CohortSize = Math.Max(1, spec.Members / Workers), Workers = Workers };
        var result = ForecastRunner.Run(setup, options, EngineChoice.Local, retryFailed: false, null, Cancel);
        Cancel.ThrowIfCancellationRequested();
        MetricsFile.WriteForecast(setup, result);
        var weights = ModelFile.CountWeights(model);
        if (result.Done == 0)
        {
            System.IO.Directory.Delete(setup.Directory.OutputPath, recursive: true);
            return new CaseOutcome(setup.Manifest.TrainingSeconds, null, 0, double.NaN, double.NaN, double.NaN) { Weights = weights, Times = result.Times };
        }
        var evaluation = Evaluator.Evaluate(setup, spec.Members, Workers, _ => { });
        MetricsFile.WriteEvaluation(setup, evaluation);
        ForecastReport.Write(setup, evaluation);
        var cost = CostComparison.Measured(setup, evaluation);
        double excess;
        using (var store = ForecastStore.Open(setup.Directory.OutputPath))
            excess = Enumerable.Range(0, store.Members).Max(m => store.ReadTrust(m).Max(t => t.Excess));
        System.IO.Directory.Delete(setup.Directory.OutputPath, recursive: true);
        return new CaseOutcome(setup.Manifest.TrainingSeconds, CaseErrors.Of(evaluation), result.Done, excess, cost.Bare, cost.Full)
        {
            Weights = weights,
            Times = result.Times,
            PropagatorRemembers = setup.Model.Propagator.MemorySize > 0,
        };
    }
}
