using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Host.Tuning;
using LedCluster.Models.Devices;
using LedCluster.Models.Training;
using LedCluster.Report;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led tune</c>: searches over the settings of a training recipe.</summary>
internal static class TuneCommand
{
    public static Command Create()
    {
        var (study, json) = (SharedOptions.Study(), SharedOptions.Json());
        var search = new Option<string?>("--search") { Description = "One of the searches in the study's tuning.json; can be left out if there is only one." };
        var grid = new Option<bool>("--grid") { Description = "Try every combination." };
        var random = new Option<int?>("--random") { Description = "Number of combinations to try, drawn at random." };
        var draw = new Option<ulong>("--draw") { Description = "Seed of the random draw.", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "Seed of every training.", DefaultValueFactory = _ => 1 };
        var jobs = new Option<int>("--jobs") { Description = "Trainings in parallel, one thread each.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var output = new Option<string?>("--out")
        {
            Description = "Directory of the trials; default: runs/tune-<study>-<search>. Finished trials in it are not repeated.",
        };
        var command = new Command("tune", "Train a recipe with many settings and rank them by the error of forecasts on validation data.")
        {
            study, search, grid, random, draw, seed, jobs, output, json,
        };
        command.SetAction(arguments =>
        {
            var chosen = StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study));
            var (name, plan) = SearchPlan.Load(chosen, arguments.GetValue(search));
            if (arguments.GetValue(grid) == arguments.GetValue(random) is not null)
                throw new UserError($"Give either --grid, for all {plan.Combinations} combinations of '{name}', or --random N.");
            if (plan.Rank == TrialRanking.Climate && !chosen.PhysicalSystem.Solver.Layout.Periodic)
                throw new UserError($"The search '{name}' ranks by climate, but the domain of '{chosen.Name}' is not periodic. "
                    + "Set the rank to mnad in its tuning.json.");
            if (arguments.GetValue(random) < 1 || arguments.GetValue(jobs) < 1)
                throw new UserError($"--random and --jobs must be at least 1, got {arguments.GetValue(random)} and {arguments.GetValue(jobs)}.");
            var (trainer, recipe) = Recipe.Prepare(chosen, plan.Variant, [], arguments.GetValue(seed));
            if (RecipeCheck.NeedsNetworks(recipe))
                TrainCommand.Open(ComputeDevice.Processor);
            if (new SeedCheck(plan.Seed, plan.Members, trainer.RandomMembers).Fault is { } fault)
                throw new UserError($"The search '{name}' would assess trainings of seed {arguments.GetValue(seed)} on their own training data: {fault} "
                    + "Change 'seed' in the study's tuning.json; --seed is that of the trainings.");
            Trial[] trials = [.. arguments.GetValue(random) is { } count ? plan.Random(count, arguments.GetValue(draw)) : plan.Grid()];
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"tune-{chosen.Name}-{name}");
            var terminal = new Terminal(arguments.GetValue(json));
            using var interruption = new Interruption();
            var results = terminal.Progress($"{trials.Length} trials of {name}", trials.Length, set =>
            {
                var done = 0;
                return new Search(chosen, plan, directory, arguments.GetValue(seed)).Run(trials, arguments.GetValue(jobs), result =>
                {
                    set(++done);
                    var measure = plan.Rank == TrialRanking.Climate ? "climate" : "MNAD";
                    terminal.Note($"{result.Trial.Name}: {(result.Note.Length > 0 ? result.Note : $"{measure} {result.Score(plan.Rank):G3}")}");
                }, interruption.Token);
            });
            var page = Path.Combine(directory, "report.html");
            var table = Table(plan, results);
            HtmlReport.Write(page, new ReportData($"Search '{name}' of {chosen.Name}", plan.About)
            {
                Tables = [table],
                Colophon = $"{InstalledProgram.Command} tune {StudyCatalog.Argument(chosen)} --search {InstalledProgram.Argument(name)}",
            });
            terminal.Result(Json(page, results), console =>
            {
                var shown = new Table().AddColumns([.. table.Columns.Select(c => c.Title)]);
                foreach (var row in table.Rows)
                    shown.AddRow([.. row.Select(cell => Markup.Escape(cell.Text))]);
                console.Write(shown);
                if (results[0].Note.Length > 0)
                    console.MarkupLine("[red]No trial produced a model; the notes give the reasons.[/]");
                else
                    console.MarkupLineInterpolated($"best: {Path.Combine(directory, results[0].Trial.Name, "model")}");
            });
            return results.All(r => r.Note.Length > 0) ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static ReportTable Table(SearchPlan plan, IReadOnlyList<TrialResult> results) => new(
        (plan.Rank == TrialRanking.Climate
            ? "Trials by the distance of their climate from the truth, divided by that of the truth from itself, "
            : "Trials by the mean normalised absolute difference ")
        + $"of {plan.Members} latent forecasts over {plan.Horizon} time units (seed {plan.Seed}).",
        [.. plan.Vary.Keys.Select(path => new ReportColumn(path)), new("MNAD"), .. Ranked(plan), new("weights"), new("training, CPU", "s"), new("note")],
        [
            .. results.Select(r => (ReportCell[])
            [
                .. r.Trial.Settings.Select(s => (ReportCell)s.Value), ReportCell.Number(r.Mnad, 3),
                .. plan.Rank == TrialRanking.Climate ? (ReportCell[])[ReportCell.Number(r.Climate, 3)] : [],
                r.Weights, ReportCell.Number(r.TrainingSeconds, 3), r.Note,
            ]),
        ]);

    private static ReportColumn[] Ranked(SearchPlan plan) => plan.Rank == TrialRanking.Climate ? [new("climate")] : [];

    private static JsonObject Json(string page, IReadOnlyList<TrialResult> results) => new()
    {
        ["page"] = page,
        ["trials"] = new JsonArray([.. results.Select(r => (JsonNode)new JsonObject
        {
            ["settings"] = new JsonObject(r.Trial.Settings.Select(s => KeyValuePair.Create(s.Path, JsonNode.Parse(s.Value)))),
            ["mnad"] = r.Mnad,
            ["climate"] = r.Climate,
            ["weights"] = r.Weights,
            ["cpuSeconds"] = r.TrainingSeconds,
            ["note"] = r.Note,
        })]),
    };
}
