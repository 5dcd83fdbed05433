using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Cluster;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;

namespace LedCluster.Host.Evaluation;

/// <summary>One line of the reproduction's table.</summary>
/// <param name="Test"><c>windows</c> of the reference trajectory, or <c>new</c> initial conditions.</param>
/// <param name="Case"><c>latent</c>, or T_m.</param>
/// <param name="Lift">How the micro solver restarts; irrelevant for <c>latent</c>.</param>
/// <param name="Mnad">MNAD of each channel.</param>
/// <param name="LargestExcess">Largest latent excess beyond the training range over all members and legs.</param>
/// <param name="SpeedUp">Without and with encoder and decoder.</param>
internal sealed record ReproductionRow(string Test, string Case, LiftRule Lift, double[] Mnad, double LargestExcess, (double Bare, double Full) SpeedUp);

/// <summary>Runs a study's published forecasts and compares them with the micro solver.</summary>
internal static class Reproduction
{
    /// <summary>Number of forecasts that a plan asks for.</summary>
    public static int Cases(ReproductionPlan plan) => 2 * (1 + 2 * plan.MacroTimes.Length);

    /// <summary>Runs them one after the other.</summary>
    /// <param name="study">The study.</param>
    /// <param name="plan">What to run.</param>
    /// <param name="modelDirectory">The model.</param>
    /// <param name="directory">Where runs are put; their fields are deleted again.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancel">Stops within one leg.</param>
    public static IEnumerable<ReproductionRow> Run(
        Study study, ReproductionPlan plan, string modelDirectory, string directory, int workers, CancellationToken cancel)
    {
        var system = study.PhysicalSystem;
        foreach (var (test, conditions) in (IEnumerable<(string, InitialConditions)>)
            [("windows", Windows(study, plan)), ("new", InitialConditions.Random(system, plan.Seed, plan.Members))])
            foreach (var (macro, lift) in (IEnumerable<(double, LiftRule)>)
                [(0, study.Lift), .. plan.MacroTimes.SelectMany(m => (IEnumerable<(double, LiftRule)>)[(m, LiftRule.Gradient), (m, LiftRule.Equilibrium)])])
            {
                var name = macro == 0 ? "latent" : $"{macro}";
                var path = Path.Combine(directory, macro == 0 ? $"{test}-latent" : $"{test}-{name}-{lift.ToString().ToLowerInvariant()}");
                if (File.Exists(Path.Combine(path, "spec.json"))) // a run of an earlier reproduction
                    Directory.Delete(path, recursive: true);
                var spec = new RunSpec
                {
                    Study = study.Name,
                    Members = plan.Members,
                    FinalTime = plan.WarmTime + plan.Horizon,
                    WarmTime = plan.WarmTime,
                    MacroTime = macro == 0 ? plan.Horizon : macro,
                    MicroTime = macro == 0 ? 0 : plan.MicroTime,
                    Lift = lift,
                    Save = SaveRule.Fields,
                    Seed = plan.Seed,
                    InitialConditions = conditions.Identity,
                    ModelHash = ForecastSetup.LoadModel(study, modelDirectory).Manifest.Identity,
                    Version = ProgramVersion.Text,
                };
                yield return One(ForecastSetup.Create(path, spec, study, modelDirectory, conditions), test, name, workers, cancel);
            }
    }

    private static ReproductionRow One(ForecastSetup setup, string test, string name, int workers, CancellationToken cancel)
    {
        var options = new ExecutionOptions { CohortSize = Math.Max(1, setup.Spec.Members / workers), Workers = workers };
        var result = ForecastRunner.Run(setup, options, EngineChoice.Embedded, retryFailed: false, null, cancel);
        cancel.ThrowIfCancellationRequested();
        MetricsFile.WriteForecast(setup, result);
        var evaluation = Evaluator.Evaluate(setup, setup.Spec.Members, workers, _ => { });
        MetricsFile.WriteEvaluation(setup, evaluation);
        ForecastReport.Write(setup, evaluation);
        double excess;
        using (var store = Storage.Forecasts.ForecastStore.Open(setup.Directory.OutputPath))
            excess = Enumerable.Range(0, store.Members).Max(m => store.ReadTrust(m).Max(t => t.Excess));
        Directory.Delete(setup.Directory.OutputPath, recursive: true);
        return new ReproductionRow(
            test, name, setup.Spec.Lift, [.. evaluation.Channels.Select(c => c.Errors.Mnad)], excess, MetricsFile.SpeedUps(setup, evaluation));
    }

    /// <summary>States of one reference trajectory at equal distances, as the published test has them.</summary>
    private static InitialConditions Windows(Study study, ReproductionPlan plan)
    {
        var system = study.PhysicalSystem;
        var (size, layout) = (system.Solver.Layout.Size, system.Solver.Layout);
        var start = new double[size];
        system.Reference(system.References.ToList().IndexOf(plan.WindowsOf), start);
        var wanted = Enumerable.Range(0, plan.Members).Select(m => (int)(m * layout.Frames(plan.WindowSpan)!.Value / (plan.Members - 1.0))).ToArray();
        var windows = new double[plan.Members * size];
        MicroSimulation.Run(system.Solver, start, wanted[^1], (first, piece) =>
        {
            for (var m = 0; m < wanted.Length; m++)
                if (wanted[m] >= first && wanted[m] < first + piece.Length / size)
                    Array.Copy(piece, (wanted[m] - first) * size, windows, m * size, size);
        });
        return InitialConditions.Given(system, windows);
    }
}
