using System.Globalization;
using System.Text.Json.Nodes;
using LedCluster.Host.Reproduction;

namespace LedCluster.Host.Tests;

public sealed class ReproduceTests : IDisposable
{
    private const string Figures = """
        { "figures": {
          "1a": { "kind": "reconstruction", "seed": 4, "members": 2, "skipTime": 5, "time": 20, "families": { "small": ["a", "b"] },
            "fitted": { "maps": { "variant": "maps", "latentSizes": [1, 2] } }, "published": [ { "case": "b", "paper": 0.5 } ] },
          "1b": { "kind": "propagators", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "models": ["a", "b"] },
          "1c": { "kind": "multiscale", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "microTime": 5, "macroTimes": [5],
            "lifts": ["gradient", "equilibrium"],
                  "windowsOf": "y05", "windowSpan": 20, "channel": "v", "published": [ { "case": "latent", "paper": 0.019 } ] },
          "cost": { "kind": "cost", "also": ["1d"], "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "errorTime": 20, "paperStep": 0.005,
            "coarserSteps": [0.05],
                  "models": ["a", "b"], "microTime": 5, "macroTimes": [5, 10], "paper": "Published: 60." },
          "spectra": { "kind": "latent-spectra", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "models": ["a", "b"] },
          "1e": { "kind": "equation-free", "seed": 4, "members": 2, "reference": "y05", "warmTime": 5, "horizon": 20, "plotLimit": 1,
                  "rows": [ { "label": "warm", "model": "a", "known": "warmUp" },
                    { "label": "cold", "model": "a", "known": "repeated", "printed": [0.1, 0.2] } ],
                  "wrongPeriods": [0.02], "printed": [ { "label": "other", "errors": [0.3, 0.4] } ] },
          "hits": { "kind": "hierarchical", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "model": "hits", "others": ["a"], "reference": "y05",
                  "published": [ { "case": "8", "paper": 0.25 } ], "publishedCosts": [ { "model": "hits", "training": 1248, "forecast": 3.52 } ] },
          "sizes": { "kind": "hierarchical-sizes", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "models": ["hits"],
            "published": [ { "case": "hits", "paper": 0.125 } ] },
          "adaptive": { "kind": "adaptive", "seed": 4, "members": 2, "warmTime": 5, "horizon": 30, "model": "hits", "tolerances": [1e-2, 1e-12] } } }
        """;

    private const string Recipes = """
        { "maps": {
            "about": "a test", "data": { "members": 2, "validationMembers": 1, "frames": 150 }, "channelMinimum": [-1.05, -0.21],
              "channelMaximum": [1.05, 0.21],
            "reduction": { "kind": "diffusion-maps", "latentSize": 2, "samples": 60 }, "propagator": { "kind": "reservoir", "units": 20 },
              "fit": { "washout": 20 } } }
        """;

    private readonly string root = Directory.CreateTempSubdirectory("led-reproduce-").FullName;

    public ReproduceTests()
    {
        var study = Path.Combine(root, "studies", "fhn");
        Directory.CreateDirectory(study);
        var description = JsonNode.Parse(File.ReadAllText(Path.Combine(Led.Root, "studies", "fhn", "study.json")))!;
        description["model"] = "a";
        File.WriteAllText(Path.Combine(study, "study.json"), description.ToJsonString());
        File.WriteAllText(Path.Combine(study, "reproduce.json"), Figures);
        File.WriteAllText(Path.Combine(study, "training.json"), Recipes);
        RandomModel.Save(Path.Combine(study, "models", "a"));
        RandomModel.Save(Path.Combine(study, "models", "b"), seed: 2, lstm: 16);
        var hits = Directory.CreateDirectory(Path.Combine(study, "models", "hits"));
        foreach (var file in Directory.GetFiles(Path.Combine(Led.Root, "studies", "fhn", "models", "l-hits")))
            File.Copy(file, Path.Combine(hits.FullName, Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Committed_weights_of_hierarchical_models_and_those_beside_them_stay_below_20_MB()
    {
        var studies = Path.Combine(Led.Root, "studies");
        var figures = JsonNode.Parse(File.ReadAllText(Path.Combine(studies, "papers.json")))!["l-hits"]!["figures"]!.AsArray().Select(
            figure => ((string)figure!).Split('/')[0]);
        FileInfo[] weights =
        [
            .. figures.Distinct().SelectMany(study => Directory.GetDirectories(Path.Combine(studies, study, "models"), study == "fhn" ? "*hits*" : "*"))
                .Select(model => new FileInfo(Path.Combine(model, "weights.safetensors"))),
        ];
        Assert.InRange(weights.Length, 15, 40);
        Assert.InRange(weights.Sum(file => file.Length), 10_000_000, 20_000_000);
    }

    [Fact]
    public void Figures_are_made_one_at_a_time_or_together_and_share_a_page()
    {
        var one = Reproduce("--figure 1a --json");
        Assert.True(one.Code == 0, one.Errors);
        var rows = JsonNode.Parse(one.Output)!["figures"]!["1a"]![0]!["rows"]!.AsArray();
        Assert.Equal(["a", "b", "maps-1", "maps-2"], rows.Select(row => (string)row!["model"]!));
        Assert.Equal(["–", "0.5", "–", "–"], rows.Select(row => (string)row!["paper"]!));

        var markdown = Path.Combine(root, "results.md");
        var all = Reproduce($"--json --markdown {markdown}");
        Assert.True(all.Code == 0, all.Errors);
        var figures = JsonNode.Parse(all.Output)!["figures"]!.AsObject();
        Assert.Equal(["1a", "1b", "1c", "cost", "spectra", "1e", "hits", "sizes", "adaptive"], figures.Select(f => f.Key));
        Assert.Equal(Errors(rows), Errors(figures["1a"]![0]!["rows"]!.AsArray()));
        Assert.Equal("2 of 2", (string)figures["1b"]![0]!["rows"]![1]!["reached the end"]!);
        Assert.Equal([3, 3], figures["1c"]!.AsArray().Select(table => table!["rows"]!.AsArray().Count)); // windows and new: two lifts, and latent
        Assert.Equal([2, 2, 2], figures["cost"]!.AsArray().Select(table => table!["rows"]!.AsArray().Count)); // models, multiscale, solver
        Assert.Equal("0.005", (string)figures["cost"]![2]!["rows"]![0]!["δt"]!);
        Assert.Equal("0.05", (string)figures["cost"]![0]!["rows"]![0]!["coarsest δt that is as accurate"]!); // than a model of random weights
        Assert.Equal(["a", "b"], figures["spectra"]![0]!["rows"]!.AsArray().Select(row => (string)row!["model"]!));
        Assert.All(figures["spectra"]![0]!["rows"]!.AsArray(), row => Assert.Equal("2 of 2", (string)row!["reached the end"]!));
        var compared = figures["1e"]![0]!["rows"]!.AsArray();
        Assert.Equal(["warm", "cold", "truth, period wrong by 2 %", "mean of the truth over time", "other"], compared.Select(row => (string)row!["forecast"]!));
        Assert.Equal(["–", "0.1", "–", "–", "0.3"], compared.Select(row => (string)row!["printed, u"]!));
        Assert.Equal("–", (string)compared[0]!["MNAD u"]!); // the first frames were given
        Assert.All(compared.Take(4), row => Assert.NotEqual("–", (string)row!["MNAD v, t > 5"]!));
        Assert.Equal(["2 of 2", "2 of 2"], figures["1e"]![1]!["rows"]!.AsArray().Select(row => (string)row!["reached the end"]!));
        var (published, random) = (figures["hits"]![0]!["rows"]!.AsArray(), figures["hits"]![2]!["rows"]!.AsArray());
        Assert.Equal(
            ["coupled", "1 alone", "2 alone", "4 alone", "8 alone", .. Enumerable.Range(4, 7).Select(k => $"{1 << k} alone"), "a"],
            published.Select(row => (string)row!["networks"]!));
        Assert.Equal("0.25", (string)published[4]!["paper"]!);
        Assert.Equal(
            [.. published.Select(row => (string)row!["networks"]!), "a different true trajectory"], // the published test has one
            random.Select(row => (string)row!["networks"]!));
        var costs = figures["hits"]![1]!["rows"]!.AsArray();
        Assert.Equal(["hits", "a"], costs.Select(row => (string)row!["model"]!));
        Assert.Equal("3.52", (string)costs[0]!["paper: choice and forecast"]!);
        Assert.Equal("–", (string)costs[1]!["choice of steps"]!);
        var size = Assert.Single(figures["sizes"]![0]!["rows"]!.AsArray())!;
        Assert.Equal(["2", "1, 2, 4, 8", "0.125"], ((string[])["d_z", "coupled steps", "paper, decoded"]).Select(column => (string)size[column]!));
        var steps = figures["adaptive"]![0]!["rows"]!.AsArray();
        Assert.Equal(["best fixed coupling", "adaptive, scheduled", "adaptive, each member"], steps.Select(row => (string)row!["method"]!));
        Assert.InRange(int.Parse((string)steps[0]!["steps"]!, CultureInfo.InvariantCulture), 1, 31);
        Assert.All([published, random], rows =>
            Assert.True(Number(rows[0]!) < 0.01 && Number(rows[11]!) > Number(rows[0]!), "a step beyond the horizon is worse than the coupling"));
        var page = File.ReadAllText(Path.Combine(root, "out", "report.html"));
        string[] names =
        [
            "Figure 1a:", "Figure 1b:", "Figure 1c:", "cost", "latent Fourier spectra", "Figure 1e:",
            "hierarchical time-stepping", "adaptive hierarchical time-stepping",
        ];
        foreach (var name in names)
        {
            Assert.Contains(name, page);
            Assert.Contains($"## {name}", File.ReadAllText(markdown));
        }

        static double Number(JsonNode row) => double.Parse(
            ((string)row["mean squared error"]!).Replace("×10⁻⁴", "e-4").Replace("×10⁻⁵", "e-5").Replace("×10⁻⁶", "e-6"),
            CultureInfo.InvariantCulture);
        static IEnumerable<string> Errors(JsonArray rows) => rows.Select(row => (string)row!["mean squared error"]!);
    }

    [Fact]
    public void A_network_that_blows_up_is_not_the_best()
    {
        HierarchicalCase Case(int step, double error) => new($"{step}", step, null!, error, error, [], []);
        Assert.Equal(4, ((HierarchicalCase[])[Case(1, double.NaN), Case(2, 0.5), Case(4, 0.25)]).MinBy(row => row.Rank)!.Step);
    }

    [Fact]
    public void A_family_that_would_take_a_training_is_not_fitted()
    {
        var recipes = Path.Combine(root, "studies", "fhn", "training.json");
        File.WriteAllText(recipes, File.ReadAllText(recipes)
            .Replace("""{ "kind": "reservoir", "units": 20 }""", """{ "kind": "lstm", "hidden": 4 }, "rounds": { "endToEnd": false, "epochs": 1 }"""));
        var outcome = Reproduce("--figure 1a");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("Train it with 'led train' and name the model among the families", outcome.Errors);
    }

    [Theory]
    [InlineData("1a", "b")]
    [InlineData("1b", "b")]
    [InlineData("cost", "b")]
    [InlineData("spectra", "b")]
    [InlineData("hits", "a")]
    [InlineData("1c", "a")] // the study's default model
    public void A_figure_is_not_made_from_members_that_a_training_used(string figure, string model)
    {
        var path = Path.Combine(root, "studies", "fhn", "models", model, "model.json");
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        manifest["randomMembers"] = JsonNode.Parse("""[{ "seed": 4, "members": 1, "use": "training" }]""");
        File.WriteAllText(path, manifest.ToJsonString());
        var outcome = Reproduce($"--figure {figure}");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("1 of the 2 members were used in the model's training (seed 4)", outcome.Errors);
        Assert.False(Directory.Exists(Path.Combine(root, "out")), "it was refused before any work");
    }

    [Fact]
    public void A_family_is_not_fitted_to_the_members_that_test_it()
    {
        var figures = Path.Combine(root, "studies", "fhn", "reproduce.json");
        File.WriteAllText(figures, File.ReadAllText(figures).Replace("\"seed\": 4", "\"seed\": 2")); // the validation of every fit
        var outcome = Reproduce("--figure 1a");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("Figure 1a does not test 'maps-1': 1 of the 2 members were used in the model's validation (seed 2)", outcome.Errors);
    }

    [Fact]
    public void An_unknown_figure_is_refused()
    {
        var outcome = Reproduce("--figure 7x");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("this study has 1a, 1b, 1c, cost, 1d, spectra, 1e, hits, sizes, adaptive", outcome.Errors);
    }

    [Fact]
    public void A_paper_has_figures_of_several_studies_on_one_page()
    {
        File.WriteAllText(
            Path.Combine(root, "studies", "papers.json"),
            """{ "some-paper": { "title": "Some et al.", "figures": ["fhn/sizes", "fhn/adaptive"] } }""");
        var one = Reproduce("--figure fhn/sizes --json", "some-paper");
        Assert.True(one.Code == 0, one.Errors);
        Assert.Equal(["fhn/sizes"], JsonNode.Parse(one.Output)!["figures"]!.AsObject().Select(f => f.Key));
        var page = File.ReadAllText(Path.Combine(root, "out", "report.html"));
        Assert.Contains("Some et al.", page);
        Assert.DoesNotContain("adaptive hierarchical", page);
        Assert.Contains("this paper has fhn/sizes, fhn/adaptive", Reproduce("--figure sizes", "some-paper").Errors);
        Assert.Contains("Leave --model out", Reproduce("--model a", "some-paper").Errors);
        Assert.Contains("papers over several studies are some-paper. Did you mean 'some-paper'?", Reproduce("", "some-papers").Errors);
    }

    [Fact]
    public void Interrupted_it_goes_on_with_the_cases_that_are_done_unless_something_that_determines_them_has_changed()
    {
        string Unfinished(string figure) => Path.Combine(root, "out", $"figure-{figure}", "unfinished");
        var stopped = Led.Shell($"""
            LEDCLUSTER_STUDIES={root}/studies $LED reproduce fhn --workers 2 --out {root}/out --figure 1b & led=$!
            until [ "$(ls {Unfinished("1b")} 2> /dev/null)" ]; do kill -0 $led || exit 9; sleep 0.002; done; kill -TERM $led; wait $led
            """);
        Assert.True(stopped.Code == 130, $"{stopped.Code}: {stopped.Errors}");
        var kept = Directory.GetFiles(Unfinished("1b"), "*.json");
        Assert.InRange(kept.Length, 1, 2);
        // What the first case came to, told apart from what it would come to again.
        File.WriteAllText(kept[0], System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(kept[0]), "\"done\":2", "\"done\":1"));
        var again = Reproduce("--figure 1b --json");
        Assert.True(again.Code == 0, again.Errors);
        Assert.Contains($"using {kept.Length} results of an interrupted reproduction", again.Errors);
        Assert.Contains("1 of 2", JsonNode.Parse(again.Output)!["figures"]!["1b"]![0]!["rows"]!.AsArray().Select(row => (string)row!["reached the end"]!));
        Assert.False(Directory.Exists(Unfinished("1b")), "a reproduction that is made is made anew the next time");

        Directory.CreateDirectory(Unfinished("1b"));
        File.WriteAllText(Path.Combine(Unfinished("1b"), Path.GetFileName(kept[0])), "{}");
        var anew = Reproduce("--figure 1b --json");
        Assert.DoesNotContain("interrupted reproduction", anew.Errors);
        Assert.DoesNotContain("1 of 2", JsonNode.Parse(anew.Output)!["figures"]!["1b"]![0]!["rows"]!.AsArray().Select(row => (string)row!["reached the end"]!));
        Assert.Matches(@"figure 1b, a: MNAD u \S+, v \S+ \(1 of 2, about \d+ s left\)", anew.Errors);
        Assert.Matches(@"figure 1c, windows, T_m = 5, lift gradient: MNAD u \S+, v ", Reproduce("--figure 1c").Errors);
    }

    [Fact]
    public void The_key_of_kept_cases_changes_with_all_that_determines_them()
    {
        var study = Studies.StudyCatalog.FindOrLoad(Path.Combine(root, "studies", "fhn"));
        var plan = new PropagatorFigure { Seed = 4, Members = 2, WarmTime = 5, Horizon = 30, Models = ["a"] };
        var program = Directory.CreateDirectory(Path.Combine(root, "program")).FullName;
        File.WriteAllText(Path.Combine(program, "LedCluster.Metrics.dll"), "a part that nothing has loaded yet");
        string Key(int workers = 2, FigurePlan? figure = null) =>
            KeptCases.KeyOf(KeptCases.KeyOf(study, study.FindModel("a"), workers, program), figure ?? plan);
        var key = Key();
        Assert.Equal(key, Key());
        Assert.Equal(4, new[] { key, Key(workers: 1), Key(figure: plan with { Horizon = 31 }), Key(figure: plan with { Seed = 5 }) }.Distinct().Count());
        File.AppendAllText(Path.Combine(study.Directory, "models", "b", "model.json"), " ");
        Assert.NotEqual(key, Key());
        key = Key();
        File.AppendAllText(Path.Combine(program, "LedCluster.Metrics.dll"), ", changed");
        Assert.NotEqual(key, Key());

        var folder = Path.Combine(root, "kept");
        Assert.Equal([double.NaN, 0.1], new KeptCases(folder, key).Get("numbers", () => new[] { double.NaN, 0.1 }));
        Assert.Equal([double.NaN, 0.1], new KeptCases(folder, key).Get<double[]>("numbers", () => throw new InvalidOperationException("It is there.")));
        Assert.Equal((1, 0), (new KeptCases(folder, key).Count, new KeptCases(folder, "another").Count));
        FigureResult Figure(Func<FigureResult> make) => new KeptCases(folder, key).Get("figure", make);
        FigureResult made = new(
            "title", "about",
            [
                new Report.ReportTable(
                    "caption", [new("model"), new("error", "s", IsReference: true)],
                    [["a", Report.ReportCell.Number(0.1, 3)], ["b", Report.ReportCell.None]]),
            ],
            ["<svg/>"]);
        string Text(FigureResult result) => System.Text.Json.JsonSerializer.Serialize(result);
        Figure(() => made);
        Assert.Equal(Text(made), Text(Figure(() => throw new InvalidOperationException("It is there."))));
        Assert.Equal([2.0], new KeptCases(folder, "another").Get<double[]>("numbers", () => [2]));
    }

    private Led.Outcome Reproduce(string options, string what = "fhn") =>
        Led.Shell($"LEDCLUSTER_STUDIES={root}/studies $LED reproduce {what} --workers 2 --out {root}/out {options}");
}
