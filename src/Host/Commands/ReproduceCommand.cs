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

/// <summary><c>led reproduce</c>: published figures of a study, or of a paper over several, measured, beside the published numbers.</summary>
internal static class ReproduceCommand
{
    /// <summary>Name under which a finished figure is kept, as its cases are.</summary>
    private const string WholeFigure = "figure";

    public static Command Create()
    {
        var (study, workers, json) = (SharedOptions.Study(), SharedOptions.Workers(), SharedOptions.Json());
        var figure = new Option<string?>("--figure")
        {
            Description = "Only this figure of the paper, for example 2c, or STUDY/FIGURE of a paper over several studies; default: all. "
                + "The page also shows the figures made before.",
        };
        var model = new Option<string?>("--model")
        {
            Description = "For figures that do not compare models: name of one of the study's models, or the directory of a model; "
                + "default: the study's default model.",
        };
        var output = new Option<string?>("--out") { Description = "Directory for the page and the runs; default: runs/reproduce-<study>." };
        var markdown = new Option<string?>("--markdown") { Description = "Also write the tables as Markdown to this file." };
        var command = new Command(
            "reproduce", "Run the published experiments of a study, or of a paper named in studies/papers.json, and write tables and plots "
            + "beside the published figures.")
        {
            study, figure, model, output, markdown, workers, json,
        };
        command.SetAction(arguments =>
        {
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            var name = arguments.GetRequiredValue(study);
            var (title, made, figures) = Publication.All().TryGetValue(name, out var paper)
                ? (paper.Title, paper.Chosen(null).ToArray(), paper.Chosen(arguments.GetValue(figure)).ToArray())
                : OfStudy(StudyCatalog.FindOrLoad(name, Publication.All().Keys), arguments.GetValue(figure));
            if (paper is not null && arguments.GetValue(model) is { } given)
                throw new UserError($"--model is '{given}', but the figures of '{name}' belong to several studies with their own models. Leave --model out.");
            name = paper is null ? figures[0].Study.Name : name;
            var directory = arguments.GetValue(output) ?? Path.Combine("runs", $"reproduce-{name}");
            string Place(Study of) => paper is null ? directory : Path.Combine(directory, of.Name);
            var terminal = new Terminal(arguments.GetValue(json));
            using var interruption = new Interruption();
            var chosen = arguments.GetValue(model);
            string ModelOf(Study of) => chosen is null && of.Model is null ? of.Directory : of.FindModel(chosen);
            var keys = figures.Select(f => f.Study).DistinctBy(of => of.Directory)
                .ToDictionary(of => of.Directory, of => KeptCases.KeyOf(of, ModelOf(of), arguments.GetValue(workers), AppContext.BaseDirectory));
            string FolderOf(Study of, string figureName) => Path.Combine(Place(of), $"figure-{figureName}");
            ReproductionRun Run(Study of, string figureName, KeptCases kept, Action<string> told) =>
                new(of, chosen, FolderOf(of, figureName), kept, arguments.GetValue(workers), told, interruption.Token);
            KeptCases KeptOf(Study of, string figureName, FigurePlan plan) =>
                new(Path.Combine(FolderOf(of, figureName), "unfinished"), KeptCases.KeyOf(keys[of.Directory], plan));
            (Study Study, string Name, FigurePlan Plan, KeptCases Kept)[] planned =
                [.. figures.Select(f => (f.Study, f.Name, f.Plan, KeptOf(f.Study, f.Name, f.Plan)))];
            foreach (var unknown in planned.SelectMany(f => f.Plan.CheckSeed(f.Name, Run(f.Study, f.Name, f.Kept, _ => { }))).Distinct().ToArray())
                terminal.Warn($"The model '{unknown}' does not record which members its training used, so the figures may test it on its training data.");
            var cases = figures.Sum(f => f.Plan.Cases);
            if (planned.Sum(f => f.Kept.Count) is > 0 and var before)
            {
                var unfinished = Path.Combine(directory, paper is null ? "figure-*" : Path.Combine("*", "figure-*"), "unfinished");
                terminal.Note($"using {before} results of an interrupted reproduction; delete {unfinished} to recompute them");
            }
            terminal.Progress($"{cases} cases of {name}", cases, (set, say) =>
            {
                var progress = new ReproductionProgress(cases, set, say, terminal.Note);
                foreach (var (of, figureName, plan, kept) in planned)
                {
                    var isKept = true;
                    kept.Get(WholeFigure, () =>
                    {
                        isKept = false;
                        progress.Keep(Math.Min(kept.Count, plan.Cases));
                        return plan.Run(Run(of, figureName, kept, what => progress.Done(figureName, what)));
                    }).Write(Place(of), figureName);
                    if (isKept)
                        progress.Skip(figureName, plan.Cases);
                }
                return cases;
            }, foretells: true);
            foreach (var one in planned)
                one.Kept.Delete();
            var shown = made.Select(f => (f.Name, f.Plan.Also, Result: FigureResult.Read(Place(f.Study), f.Name))).Where(f => f.Result is not null)
                .Select(f => (Name: string.Join(", ", f.Also.Prepend(f.Name)), Result: f.Result!)).ToArray();
            var page = Path.Combine(directory, "report.html");
            HtmlReport.Write(page, new($"Reproduction of {name}", title)
            {
                Equations = paper is null ? figures[0].Study.PhysicalSystem.Equations : [],
                Sections = [.. shown.Select(f => f.Result.Section(f.Name))],
                Colophon = $"{InstalledProgram.Command} reproduce "
                    + (paper is null ? StudyCatalog.Argument(figures[0].Study) : InstalledProgram.Argument(name)),
            });
            if (arguments.GetValue(markdown) is { } file)
                File.WriteAllText(file, Markdown(name, shown));
            JsonNode? Written((Study Study, string Name, FigurePlan Plan) f) => Json(FigureResult.Read(Place(f.Study), f.Name)!);
            terminal.Result(
                new JsonObject
                {
                    ["page"] = page,
                    ["figures"] = new JsonObject(figures.Select(f => KeyValuePair.Create(paper is null ? f.Name : $"{f.Study.Name}/{f.Name}", Written(f)))),
                },
                console => console.MarkupLineInterpolated($"report: {page}"));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A study's figures: all, and those asked for.</summary>
    private static (string Title, (Study Study, string Name, FigurePlan Plan)[] All, (Study Study, string Name, FigurePlan Plan)[] Chosen) OfStudy(
        Study study, string? figure)
    {
        var plan = ReproductionPlan.Load(study);
        return (study.Title, Of(plan.Chosen(null)), Of(plan.Chosen(figure)));

        (Study, string, FigurePlan)[] Of(IEnumerable<(string Name, FigurePlan Plan)> figures) => [.. figures.Select(f => (study, f.Name, f.Plan))];
    }

    /// <summary>A figure's tables: a list of rows, each an object with a value for each column.</summary>
    private static JsonArray Json(FigureResult figure) =>
    [
        .. figure.Tables.Select(table => (JsonNode)new JsonObject
        {
            ["caption"] = table.Caption,
            ["rows"] = new JsonArray([.. table.Rows.Select(row => (JsonNode)new JsonObject(
                table.Columns.Zip(row, (column, cell) => KeyValuePair.Create(column.Title, (JsonNode?)cell.Text))))]),
        }),
    ];

    private static string Markdown(string study, (string Name, FigureResult Result)[] figures)
    {
        var text = new StringBuilder();
        text.AppendLine($"# Results: {study}").AppendLine()
            .AppendLine($"Made by `./led reproduce {study} --markdown FILE`; the plots are on the page that the command writes.");
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
