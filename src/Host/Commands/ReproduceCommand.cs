using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Studies;
using LedCluster.Report;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led reproduce</c>: a study's published table, measured, beside the published figures.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var (study, workers, json) = (SharedOptions.Study(), SharedOptions.Workers(), SharedOptions.Json());
        var model = new Option<string?>("--model") { Description = "Name of one of the study's models (see 'led studies'), or the directory of a model; default: the study's default model." };
        var output = new Option<string?>("--out") { Description = "Directory for the page and the runs; default: runs/reproduce-<study>." };
        var markdown = new Option<string?>("--markdown") { Description = "Also write the table as Markdown to this file." };
        var command = new Command("reproduce", "Run a study's published forecasts and write the table beside the published figures.") { study, model, output, markdown, workers, json };
        command.SetAction(arguments =>
        {
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            var chosen = StudyCatalog.Find(arguments.GetRequiredValue(study));
            var plan = ReproductionPlan.Load(chosen);
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"reproduce-{chosen.Name}");
            var terminal = new Terminal(arguments.GetValue(json));
            using var interruption = new Interruption();
            var rows = terminal.Progress($"{Reproduction.Cases(plan)} forecasts of {chosen.Name}", Reproduction.Cases(plan), set =>
            {
                var done = new List<ReproductionRow>();
                foreach (var row in Reproduction.Run(chosen, plan, chosen.FindModel(arguments.GetValue(model)), directory, arguments.GetValue(workers), interruption.Token))
                {
                    done.Add(row);
                    set(done.Count);
                    terminal.Note($"{row.Test} {row.Case} {row.Lift}: MNAD {string.Join(", ", row.Mnad.Select(e => e.ToString("G3", CultureInfo.InvariantCulture)))}");
                }
                return done;
            });
            var page = Path.Combine(directory, "report.html");
            HtmlReport.Write(page, Page(chosen, plan, rows));
            if (arguments.GetValue(markdown) is { } file)
                File.WriteAllText(file, Markdown(chosen, plan, rows));
            terminal.Result(
                new JsonObject { ["page"] = page, ["rows"] = new JsonArray([.. rows.Select(row => Json(chosen, row))]) },
                console => console.MarkupLineInterpolated($"picture: {page}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static JsonObject Json(Study study, ReproductionRow row) => new()
    {
        ["test"] = row.Test,
        ["case"] = row.Case,
        ["lift"] = row.Lift.ToString().ToLowerInvariant(),
        ["mnad"] = new JsonObject(study.PhysicalSystem.Solver.Layout.Channels.Select((c, i) => KeyValuePair.Create(c.Name, (JsonNode?)row.Mnad[i]))),
        ["largestExcess"] = row.LargestExcess,
        ["speedUp"] = row.SpeedUp.Bare,
        ["speedUpWithEncoderAndDecoder"] = row.SpeedUp.Full,
    };

    private static ReportData Page(Study study, ReproductionPlan plan, List<ReproductionRow> rows) => new(
        $"Reproduction of {study.Name}", $"{About(plan)}")
    {
        Equations = study.PhysicalSystem.Equations,
        Tables = [Table(study, plan, rows, "windows", $"{plan.Members} windows of the {plan.WindowsOf} trajectory, as published"), Table(study, plan, rows, "new", $"{plan.Members} new random initial conditions (seed {plan.Seed})")],
        Colophon = $"led reproduce {study.Name}",
    };

    private static string About(ReproductionPlan plan) =>
        $"Mean normalised absolute difference (MNAD) against the micro solver over t = {plan.WarmTime} to {plan.WarmTime + plan.Horizon}, after a warm-up of {plan.WarmTime}; T_mu = {plan.MicroTime}. "
        + "No initial condition was trained on. Speed-up: CPU time of the micro solver alone over that of the forecast, without and with encoder and decoder.";

    private static ReportTable Table(Study study, ReproductionPlan plan, List<ReproductionRow> rows, string test, string caption) => new(
        caption,
        [
            new ReportColumn("T_m"), new ReportColumn("lift"),
            .. study.PhysicalSystem.Solver.Layout.Channels.Select(c => new ReportColumn($"MNAD {c.Name}")),
            new ReportColumn("speed-up"), new ReportColumn("with enc/dec"), new ReportColumn("excess"),
            .. test == "windows" ? (ReportColumn[])[new($"paper, {plan.Channel}", IsReference: true), new($"reference code, {plan.Channel}", IsReference: true)] : [],
        ],
        [.. rows.Where(row => row.Test == test).Select(row => (IReadOnlyList<ReportCell>)[
            row.Case, Lift(row), .. row.Mnad.Select(e => ReportCell.Number(e, 3)),
            ReportCell.Number(row.SpeedUp.Bare, 3), ReportCell.Number(row.SpeedUp.Full, 3), ReportCell.Number(row.LargestExcess, 2),
            .. test == "windows" ? (ReportCell[])[Published(plan, row)?.Paper, Published(plan, row)?.Reference] : []])]);

    private static string Lift(ReproductionRow row) => row.Case == "latent" ? "none" : row.Lift == LiftRule.Gradient ? "gradient" : "equilibrium";

    private static PublishedFigure? Published(ReproductionPlan plan, ReproductionRow row) => plan.Published.FirstOrDefault(p => p.Case == row.Case);

    private static string Markdown(Study study, ReproductionPlan plan, List<ReproductionRow> rows)
    {
        var text = new StringBuilder();
        text.AppendLine($"# Results: {study.Name}").AppendLine().AppendLine($"Made by `./led reproduce {study.Name} --markdown FILE`. {About(plan)}");
        foreach (var table in Page(study, plan, rows).Tables)
        {
            text.AppendLine().AppendLine($"## {table.Caption}").AppendLine();
            text.AppendLine($"| {string.Join(" | ", table.Columns.Select(c => c.Title))} |");
            text.AppendLine($"|{string.Concat(table.Columns.Select(_ => " --- |"))}");
            foreach (var row in table.Rows)
                text.AppendLine($"| {string.Join(" | ", row.Select(cell => cell.Text))} |");
        }
        return text.ToString();
    }
}
