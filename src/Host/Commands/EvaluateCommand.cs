using System.CommandLine;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Report;
using LedCluster.Storage.Forecasts;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led evaluate</c>: compares a run with the micro solver.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var (run, workers, json) = (SharedOptions.Run(), SharedOptions.Workers(), SharedOptions.Json());
        var members = new Option<int?>("--members") { Description = "Compare only the first members." };
        var command = new Command("evaluate", "Run the micro solver for the same initial conditions and report errors and speed-up.")
        {
            run, members, workers, json,
        };
        command.SetAction(arguments =>
        {
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            var setup = ForecastSetup.Open(arguments.GetRequiredValue(run));
            var count = arguments.GetValue(members) ?? setup.Spec.Members;
            if (count < 1 || count > setup.Spec.Members)
                throw new UserError($"--members is {count}; the run has {setup.Spec.Members} members.");
            MetricsFile.Read(setup.Directory);
            var terminal = new Terminal(arguments.GetValue(json));
            if (VerifyCommand.Verify(setup, arguments.GetValue(workers), terminal) is { IsSound: false } found)
                throw new DamagedOutputException(setup.Directory.OutputPath, found.Lines());
            var result = terminal.Progress($"micro solver for {count} members", (double)count * (setup.Schedule.Final + 1), set =>
                Evaluator.Evaluate(setup, count, arguments.GetValue(workers), set));
            var metrics = MetricsFile.WriteEvaluation(setup, result);
            ForecastReport.Write(setup, result);
            metrics["run"] = setup.Directory.Path;
            terminal.Result(metrics, console => Show(console, setup, result));
            terminal.Warn(MetricsFile.Warnings(setup.Directory));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, ForecastSetup setup, EvaluationResult result)
    {
        if (result.Laws is { } laws)
            ShowLaws(console, laws);
        else
            ShowChannels(console, result);
        var cost = CostComparison.Measured(setup, result);
        console.MarkupLineInterpolated($"cost: {cost.Text}; {cost.Compared}");
        console.MarkupLineInterpolated($"report: {setup.Directory.ReportPath}");
    }

    private static void ShowLaws(IAnsiConsole console, LawEvaluation laws)
    {
        var table = new Table().AddColumns("as distributions, against the micro solver", "L1", "L1, Simpson", "W1", "energy");
        foreach (var (name, mean) in laws.Means)
            table.AddRow(name, Text(mean.Histogram), Text(mean.Simpson), Text(mean.Wasserstein), Text(mean.Energy));
        console.Write(table);
    }

    private static void ShowChannels(IAnsiConsole console, EvaluationResult result)
    {
        var table = new Table().AddColumns("channel", "MNAD", "RMSE", "correlation", "W1 at end", "CRPS at end", "spread/skill");
        foreach (var c in result.Channels)
            table.AddRow(
                c.Name, Text(c.Errors.Mnad), Text(c.Errors.Rmse), Text(c.Errors.Correlation, 6), Text(c.Wasserstein), Text(c.Crps), Text(c.SpreadSkill));
        console.Write(table);
        foreach (var c in result.Channels)
        {
            if (c.Valid is { } valid)
                console.MarkupLineInterpolated($"{c.Name}: valid for {valid.Mean:F2} ± {valid.Deviation:F2} Lyapunov times");
            if (c.Climate is { } climate)
                console.MarkupLineInterpolated(
                    $"{c.Name}: L1 distance of the density of its derivatives {climate.DensityDistance:G3}; of the truth from itself {climate.SelfNoise:G3}");
        }
    }

    private static string Text(double figure, int digits = 3) => NumberText.Significant(figure, digits);
}
