using System.Text.Json.Nodes;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Host.Tests;

/// <summary>What must be known before a run's results are trusted: the same on the page, on the line, in files and as last lines.</summary>
public sealed class WarningTests(Workplace place) : IClassFixture<Workplace>
{
    /// <summary>A model whose training used four members of seed 3, and two of seed 4 for validation.</summary>
    private string Model(Action<JsonObject>? change = null)
    {
        var model = place.Fresh();
        RandomModel.Save(model);
        var path = Path.Combine(model, ModelFile.ManifestName);
        var manifest = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        manifest["randomMembers"] = JsonNode.Parse("""[{ "seed": 3, "members": 4, "use": "training" }, { "seed": 4, "members": 2, "use": "validation" }]""");
        change?.Invoke(manifest);
        File.WriteAllText(path, manifest.ToJsonString());
        return model;
    }

    private static string[] Forecast(string model, string run, params string[] more) =>
        ["forecast", "fhn", "--members", "6", "--t-final", "40", "--t-warm", "20", "--t-macro", "8", "--t-micro", "4", "--model", model, "--run", run, .. more];

    private static JsonNode Metrics(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!;

    private static string[] Kinds(JsonNode result) => [.. result["warnings"]!.AsArray().Select(warning => (string)warning!["kind"]!)];

    [Theory]
    [InlineData("3", "4 of the 6 members were used in the model's training (seed 3)", 4)]
    [InlineData("4", "2 of the 6 members were used in the model's validation (seed 4)", 2)]
    public void Members_of_the_training_are_told_wherever_results_are(string seed, string expected, int shared)
    {
        var run = place.Fresh();
        var forecast = Led.Run(Forecast(Model(), run, "--seed", seed, "--json"));
        Assert.True(forecast.Code == 0, forecast.Errors);
        Assert.StartsWith(expected, forecast.Errors.Split('\n')[1]); // before the work
        Assert.Contains($"warning: {expected}", forecast.Errors);
        var evaluation = Led.Run("evaluate", run, "--json");
        Assert.Contains($"warning: {expected}", evaluation.Errors);
        JsonNode[] results =
        [
            JsonNode.Parse(forecast.Output)!, Metrics(run)["forecast"]!, JsonNode.Parse(evaluation.Output)!,
            Metrics(run)["evaluation"]!,
        ];
        foreach (var result in results)
        {
            Assert.Contains(expected, (string)Assert.Single(
                result["warnings"]!.AsArray(), warning => (string)warning!["kind"]! == "training-members")!["text"]!);
            Assert.Equal((ulong.Parse(seed), 3UL, 4UL, shared), (
                (ulong)result["seeds"]!["run"]!, (ulong)result["seeds"]!["training"]![0]!, (ulong)result["seeds"]!["validation"]![0]!,
                (int)result["seeds"]!["membersInTraining"]!));
        }
        Assert.Contains(expected[..expected.IndexOf(" the model", StringComparison.Ordinal)], File.ReadAllText(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void Members_of_another_seed_or_of_the_user_are_no_cause_for_a_warning()
    {
        var model = Model();
        var other = Led.Json(Forecast(model, place.Fresh(), "--seed", "5"));
        Assert.DoesNotContain("training-members", Kinds(other));
        Assert.Equal(0, (int)other["seeds"]!["membersInTraining"]!);
        var given = Led.Json(
            "forecast", "fhn", "--ic", place.Uniform(0.1, 0.2), "--seed", "3", "--t-final", "30", "--t-warm", "20", "--model", model, "--run",
            place.Fresh());
        Assert.DoesNotContain("training-members", Kinds(given));
        Assert.Null(given["seeds"]);
    }

    [Fact]
    public void A_model_that_does_not_tell_what_its_training_used_is_no_proof()
    {
        var result = Led.Json(Forecast(Model(manifest => manifest.Remove("randomMembers")), place.Fresh()));
        Assert.Contains("does not record which members its training used", (string)result["warnings"]!.AsArray().Single(
            w => (string)w!["kind"]! == "training-members")!["text"]!);
        Assert.Null(result["seeds"]!["training"]);
        Assert.Null(result["seeds"]!["membersInTraining"]);
    }

    [Fact]
    public void Committed_models_tell_what_their_recorded_recipe_used()
    {
        foreach (var study in StudyCatalog.All())
            foreach (var name in study.Models)
            {
                var manifest = ModelFile.Manifest(study.NamedModel(name));
                var (data, seed) = (manifest.Training["recipe"]!["data"]!, (ulong)manifest.Training["seed"]!);
                foreach (var (use, reference, count, offset) in (IEnumerable<(DataUse, string, string, ulong)>)
                    [(DataUse.Training, "references", "members", 0), (DataUse.Validation, "validationReferences", "validationMembers", 1)])
                    if (data[reference] is null or JsonArray { Count: 0 })
                        Assert.True(
                            manifest.RandomMembers!.Value.Single(u => u.Use == use && u.Seed == seed + offset).Members >= (int)data[count]!,
                            $"{study.Name}, {name}");
                    else if (manifest.Training["recipe"]!["reductionOf"] is null) // a reduction taken over brings its own members
                        Assert.DoesNotContain(manifest.RandomMembers!.Value, u => u.Use == use);
            }
    }

    [Fact]
    public void What_the_model_does_not_know_is_told_on_the_line_and_in_files_and_as_last_lines()
    {
        var model = Model(manifest => (manifest["latentMinimum"], manifest["latentMaximum"]) = (new JsonArray(0, 0), new JsonArray(1e-3, 1e-3)));
        var run = place.Fresh();
        var forecast = Led.Run(Forecast(model, run, "--json"));
        Assert.True(forecast.Code == 0, forecast.Errors);
        var page = File.ReadAllText(Path.Combine(run, "report.html"));
        var evaluation = Led.Run("evaluate", run, "--json");
        foreach (var (kind, text) in (IEnumerable<(string, string)>)
            [("extrapolation", "of the members left the training range"), ("reconstruction", "The reconstruction error of")])
        {
            JsonNode[] results =
            [
                JsonNode.Parse(forecast.Output)!, Metrics(run)["forecast"]!, JsonNode.Parse(evaluation.Output)!,
                Metrics(run)["evaluation"]!,
            ];
            foreach (var result in results)
                Assert.Contains(text, (string)Assert.Single(result["warnings"]!.AsArray(), warning => (string)warning!["kind"]! == kind)!["text"]!);
            Assert.Contains(text, page);
            Assert.Contains(text, File.ReadAllText(Path.Combine(run, "report.html")));
            Assert.All([forecast.Errors, evaluation.Errors, Led.Run("resume", run).Errors], errors =>
                Assert.Contains($"warning: ", errors.Split('\n').Single(line => line.Contains(text))));
        }
    }

    [Fact]
    public void The_usual_likelihood_is_in_units_of_the_fields_wherever_the_reduction_is_from()
    {
        var trained = ModelFile.Manifest(
            StudyCatalog.Find("particles").NamedModel("default")) with { ChannelMinimum = [-1, -1, -1], ChannelMaximum = [1, 1, 1] };
        trained.Training["figures"]!["autoencoderValidationNegativeLogLikelihood"] = -2.5;
        Assert.Equal(-2.5 + 3 * Math.Log(2), RunWarning.Validated(trained)!.Value, 1e-12);
        trained.Training["figures"] = new JsonObject { ["reductionValidationNegativeLogLikelihood"] = -2.5 };
        Assert.Equal(-2.5, RunWarning.Validated(trained)!.Value, 1e-12);
        trained.Training["figures"] = new JsonObject();
        Assert.Null(RunWarning.Validated(trained));
    }

    [Fact]
    public void A_clock_is_known_at_all_times_that_the_training_passed()
    {
        var (system, training) =
            (StudyCatalog.Find("particles").PhysicalSystem, ModelFile.Manifest(StudyCatalog.Find("particles").NamedModel("default")).Training);
        var table = new Domain.Systems.ParameterTable(system.Parameters, 5, 2, new Dictionary<string, Domain.Systems.ParameterValues> { ["t0"] = new(3, 31) });
        Assert.Null(ParameterCheck.Warning(table, 2, 1000, 1, training));
        training["recipe"]!["data"]!["frames"] = JsonNode.Parse("2"); // 0 to 28.18 are known
        Assert.Contains("t0 of 1 of the 2 members", ParameterCheck.Warning(table, 2, 1, 1, training));
        Assert.Contains("t0 of 2 of the 2 members", ParameterCheck.Warning(table, 2, 26, 1, training));
    }

    [Fact]
    public void Laws_are_compared_at_no_more_frames_than_asked_for()
    {
        foreach (var (warm, last) in ((int, int)[])[(0, 199), (0, 100), (3, 104), (10, 1000), (0, 1)])
            Assert.InRange(LawComparison.Spread(warm, last, 100).Length, 1, 100);
        Assert.Equal(200, LawComparison.Spread(100, 2100, 200).Length);
    }

    [Fact]
    public void A_forecast_that_costs_more_than_the_micro_solver_is_called_dearer()
    {
        var cost = new CostComparison([2, 3, 1, 4], 0.5, "measured on the same members");
        Assert.Equal("20 times dearer than the micro solver (10 times dearer without encoder and decoder)", cost.Text);
        Assert.Equal(
            "This forecast was 20 times dearer than the micro solver: 10 s of CPU (micro 2 s, latent 3 s, encode 1 s, "
            + "decode 4 s) against 0.5 s for the micro solver alone, measured on the same members.",
            cost.Warning);
        Assert.Equal((0.1, 0.05), ((double)cost.Json["propagationAndMicro"]!, (double)cost.Json["withEncoderAndDecoder"]!));
        var cheap = cost with { MicroOnly = 120 };
        Assert.Equal("12 times cheaper than the micro solver (24 times cheaper without encoder and decoder)", cheap.Text);
        Assert.Null(cheap.Warning);
        Assert.Null((cost with { Forecast = [0.2, 0.3, 0.1, 0.4] }).Warning); // most of it may be compilation
    }

    [Fact]
    public void The_cost_of_the_micro_solver_alone_is_estimated_from_its_part_of_the_forecast()
    {
        var times = new WorkTimes { Wall = new double[4], Cpu = [2, 3, 1, 4] };
        var cost = CostComparison.Estimated(new LedSchedule(10, 20, 5, 100), times, new MemberFrames(1010, 410))!;
        Assert.Equal(5, cost.MicroOnly, 12);
        Assert.Contains("estimated from the 400 of 1,000 member-frames that it computed in this run", cost.Warning);
        Assert.EndsWith("compilation takes a large part", CostComparison.Estimated(
            new LedSchedule(10, 20, 5, 100), new WorkTimes { Cpu = [0.2, 0.3, 0.1, 0.4] }, new MemberFrames(1010, 410))!.Source);
        Assert.Null(CostComparison.Estimated(new LedSchedule(10, 0, 5, 100), times, new MemberFrames(1010, 1010))); // it did everything
        Assert.Null(CostComparison.Estimated(new LedSchedule(0, 20, 5, 100), times, new MemberFrames(1010, 10))); // it did nothing: frame 0 is given
    }

    [Fact]
    public void Evaluating_a_dear_forecast_says_so_instead_of_a_fraction()
    {
        var run = place.Fresh();
        Led.Json(Forecast(Model(), run, "--seed", "5"));
        var file = Metrics(run);
        file["forecast"]!["seconds"]!["decode"]!["cpu"] = 1e6; // as if the decoder had taken days
        File.WriteAllText(Path.Combine(run, "metrics.json"), file.ToJsonString());
        var outcome = Led.Run("evaluate", run);
        Assert.Contains("dearer than the micro solver", outcome.Output);
        Assert.Contains("warning: This forecast was", outcome.Errors);
        Assert.Contains("dearer than the micro solver", File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Contains("cost", Kinds(Metrics(run)["evaluation"]!));
    }
}
