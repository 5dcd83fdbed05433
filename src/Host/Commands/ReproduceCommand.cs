using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Reproduction;
using LedCluster.Host.Studies;
using LedCluster.Report;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led reproduce</c>: a study's published figures, measured, beside the published numbers.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var (study, workers, json) = (SharedOptions.Study(), SharedOptions.Workers(), SharedOptions.Json());
        var figure = new Option<string?>("--figure") { Description = "Only this figure of the paper, for example 2c; default: all. The page shows it beside those made before." };
        var model = new Option<string?>("--model") { Description = "For figures that compare no models: name of one of the study's models, or the directory of one; default: the study's default model." };
        var output = new Option<string?>("--out") { Description = "Directory for the page and the runs; default: runs/reproduce-<study>." };
        var markdown = new Option<string?>("--markdown") { Description = "Also write the tables as Markdown to this file." };
        var command = new Command("reproduce", "Run a study's published experiments and write tables and plots beside the published figures.") { study, figure, model, output, markdown, workers, json };
        command.SetAction(arguments =>
        {
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            var chosen = StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study));
            var plan = ReproductionPlan.Load(chosen);
            var figures = plan.Chosen(arguments.GetValue(figure));
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"reproduce-{chosen.Name}");
            var defaultModel = chosen.FindModel(arguments.GetValue(model));
            var terminal = new Terminal(arguments.GetValue(json));
            using var interruption = new Interruption();
            ReproductionRun Run(string name, Action<string> told) =>
                new(chosen, defaultModel, Path.Combine(directory, $"figure-{name}"), arguments.GetValue(workers), told, interruption.Token);
            foreach (var model in figures.SelectMany(f => f.Plan.CheckSeed(f.Name, Run(f.Name, _ => { }))).Distinct().ToArray())
                terminal.Warn($"The model '{model}' does not tell which members its training used: that the figures test it is not known.");
            var cases = figures.Sum(f => f.Plan.Cases);
            terminal.Progress($"{cases} cases of {chosen.Name}", cases, set =>
            {
                var done = 0;
                foreach (var (name, one) in figures)
                {
                    one.Run(Run(name, what =>
                    {
                        set(++done);
                        terminal.Note($"figure {name}, {what}");
                    })).Write(directory, name);
                }
                return done;
            });
            var made = plan.Figures.Select(f => (f.Key, f.Value.Also, Result: FigureResult.Read(directory, f.Key))).Where(f => f.Result is not null)
                .Select(f => (Name: string.Join(", ", f.Also.Prepend(f.Key)), Result: f.Result!)).ToArray();
            var page = Path.Combine(directory, "report.html");
            HtmlReport.Write(page, Page(chosen, made));
            if (arguments.GetValue(markdown) is { } file)
                File.WriteAllText(file, Markdown(chosen, made));
            terminal.Result(
                new JsonObject { ["page"] = page, ["figures"] = new JsonObject(figures.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Json(FigureResult.Read(directory, f.Name)!)))) },
                console => console.MarkupLineInterpolated($"picture: {page}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static ReportData Page(Study study, (string Name, FigureResult Result)[] figures) => new(
        $"Reproduction of {study.Name}", study.Title)
    {
        Equations = study.PhysicalSystem.Equations,
        Sections = [.. figures.Select(f => f.Result.Section(f.Name))],
        Colophon = $"led reproduce {study.Name}",
    };

    /// <summary>A figure's tables: a list of rows, each an object with a value for each column.</summary>
    private static JsonArray Json(FigureResult figure) =>
    [
        .. figure.Tables.Select(table => (JsonNode)new JsonObject
        {
            ["caption"] = table.Caption,
            ["rows"] = new JsonArray([.. table.Rows.Select(row => (JsonNode)new JsonObject(table.Columns.Zip(row, (column, cell) => KeyValuePair.Create(column.Title, (JsonNode?)cell.Text))))]),
        }),
    ];

    private static string Markdown(Study study, (string Name, FigureResult Result)[] figures)
    {
        var text = new StringBuilder();
        text.AppendLine($"# Results: {study.Name}").AppendLine().AppendLine($"Made by `./led reproduce {study.Name} --markdown FILE`; the plots are on the page that the command writes.");
        foreach (var (name, figure) in figures)
        {
            text.AppendLine().AppendLine($"## {figure.Heading(name)}").AppendLine().AppendLine(figure.About);
            foreach (var table in figure.Tables)
            {
                text.AppendLine().AppendLine($"### {table.Caption}").AppendLine();
                text.AppendLine($"| {string.Join(" | ", table.Columns.Select(c => c.Unit is "" or "1" ? c.Title : $"{c.Title} ({c.Unit})"))} |");
                text.AppendLine($"|{string.Concat(table.Columns.Select(_ => " --- |"))}");
                foreach (var row in table.Rows)
                    text.AppendLine($"| {string.Join(" | ", row.Select(cell => cell.Text))} |");
            }
        }
        return text.ToString();
    }
}
