using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Tests;

public sealed class ForecastTests(Workplace place) : IClassFixture<Workplace>
{
    private const string Members = "9", Final = "60", Warm = "20", Macro = "8", Micro = "4";

    [Fact]
    public void Fields_can_be_kept_in_float64()
    {
        var (run, file, truth) = (place.Fresh(), place.Fresh(".npy"), place.Fresh(".npy"));
        string[] few = ["vdp", "--members", "3", "--seed", "8"];
        Led.Json([
            "forecast", .. few, "--t-warm", "7", "--t-macro", "3", "--t-micro", "2", "--t-final", "14", "--precision", "float64", "--run", run,
            "--out", file]);
        Led.Json(["simulate", .. few, "--t-final", "14", "--out", truth]);
        var (forecast, simulated) = (NpyFile.ReadDoubles(file).Data, NpyFile.ReadDoubles(truth).Data);
        Assert.Equal(simulated[..(71 * 2)], forecast[..(71 * 2)]); // the warm-up, to the last bit
        Assert.Contains(forecast[..(71 * 2)], x => x != (float)x);
        Assert.All(forecast[(71 * 2)..(101 * 2)], x => Assert.Equal((float)x, x)); // decoded, in float32
        Assert.True((bool)Led.Json("verify", run)["sound"]!);
        Assert.True((double)Led.Json("evaluate", run)["channels"]![0]!["rmse"]! < 0.5);
        Assert.Contains("--precision float64", File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Contains("stores none", Led.Run(["forecast", .. few, "--precision", "float64", "--save", "latent", "--run", place.Fresh()]).Errors);
    }

    [Fact]
    public void Reports_members_and_seconds_and_exports_fields_whose_warm_up_is_the_micro_solvers()
    {
        var (run, exported, simulated) = (place.Fresh(), place.Fresh(".npy"), place.Fresh(".npy"));
        var result = Led.Json([.. Command(run), "--out", exported]);
        Assert.Equal(run, (string)result["run"]!);
        Assert.Equal(exported, (string)result["out"]!);
        Assert.Equal((9, 9, 0), ((int)result["members"]!["total"]!, (int)result["members"]!["done"]!, (int)result["members"]!["failed"]!));
        foreach (var work in (string[])["micro", "latent", "encode", "decode"])
            Assert.True((double)result["seconds"]![work]!["cpu"]! > 0 && (double)result["seconds"]![work]!["wall"]! > 0, work);
        Assert.True((double)result["wallSeconds"]! > 0 && (double)result["cpuSeconds"]! > 0);

        Led.Json("simulate", "fhn", "--members", Members, "--seed", "3", "--t-final", Warm, "--out", simulated);
        Assert.Contains("'<f4'", File.ReadLines(exported).First());
        var ((shape, forecast, _), (_, truth, _)) = (NpyFile.ReadDoubles(exported), NpyFile.ReadDoubles(simulated));
        Assert.Equal([9, 61, 2, 101], shape);
        for (var m = 0; m < 9; m++)
            for (var i = 0; i < 21 * 202; i++)
                Assert.Equal((double)(float)truth[m * 21 * 202 + i], forecast[m * 61 * 202 + i]);
    }

    [Fact]
    public void The_micro_solver_takes_the_inner_time_step_that_is_asked_for_and_so_does_the_truth()
    {
        var (run, exported, simulated) = (place.Fresh(), place.Fresh(".npy"), place.Fresh(".npy"));
        Led.Json(
            "forecast", "fhn", "--members", "2", "--seed", "3", "--t-final", "30", "--t-warm", "10", "--t-macro", "0", "--dt", "0.002", "--model",
            place.Model, "--run", run, "--out", exported);
        Led.Json("simulate", "fhn", "--members", "2", "--seed", "3", "--t-final", "30", "--dt", "0.002", "--out", simulated);
        Assert.Equal(NpyFile.ReadDoubles(simulated).Data.Select(x => (double)(float)x), NpyFile.ReadDoubles(exported).Data);

        Assert.All(Led.Json("evaluate", run)["channels"]!.AsObject(), channel =>
            Assert.Equal((0, 0), ((double)channel.Value!["mnad"]!, (double)channel.Value!["histogramDistanceAtEnd"]!)));
        Assert.Contains("--dt 0.002 ", File.ReadAllText(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void Output_does_not_depend_on_cohort_size_or_workers()
    {
        var reference = place.Fresh();
        Led.Json([.. Command(reference), "--cohort-size", "64", "--workers", "1"]);
        foreach (var (size, workers) in ((int, int)[])[(1, 2), (7, 1), (7, 2), (64, 2)])
        {
            var run = place.Fresh();
            Led.Json([.. Command(run), "--cohort-size", $"{size}", "--workers", $"{workers}"]);
            Workplace.AssertSameOutput(reference, run);
        }
    }

    [Fact]
    public void An_array_of_fields_is_refused_where_only_latents_are_kept()
    {
        var outcome = Led.Run([.. Command(place.Fresh()), "--save", "latent", "--out", place.Fresh(".npy")]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("Leave out one of them", outcome.Errors);
    }

    [Fact]
    public void Report_is_one_page_and_shows_truth_and_errors_after_an_evaluation()
    {
        var run = place.Fresh();
        Led.Json(Command(run));
        var before = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("forecast of 9 initial conditions", before);
        Assert.Contains("Ensemble spread", before);
        Assert.DoesNotContain("Error growth", before);

        var metrics = Led.Json("evaluate", run);
        Assert.Equal(9, (int)metrics["members"]!);
        foreach (var channel in (string[])["u", "v"])
        {
            var ranks = metrics["channels"]![channel]!;
            Assert.Equal(1, ranks["rankSharesAtEnd"]!.AsArray().Sum(share => (double)share!), 9);
            Assert.Equal(Enumerable.Repeat(1 / 9.0, 9), ranks["rankSharesExpected"]!.AsArray().Select(share => (double)share!));
        }
        var after = File.ReadAllText(Path.Combine(run, "report.html"));
        string[] parts =
        [
            "Error growth", "forecast − truth", "Rank histogram", "against the micro solver",
            "led forecast fhn --members 9 --seed 3",
        ];
        foreach (var part in parts)
            Assert.Contains(part, after);
        string[] explained =
        [
            "mean normalised absolute difference", "1-Wasserstein distance", "continuous ranked probability score",
            "can disagree", "final time <i>T</i>", "warm-up <i>T</i>", "macro leg <i>T</i>", "micro leg <i>T</i>",
            "restart of the micro solver",
        ];
        foreach (var words in explained)
            Assert.Contains(words, after);
        Assert.DoesNotContain("NaN", after);
        System.Xml.Linq.XDocument.Parse(after);
    }

    [Fact]
    public void The_command_at_the_end_of_the_page_gives_the_same_output_from_another_directory()
    {
        var (home, again) = (Directory.CreateDirectory(place.Fresh(" home")).FullName, place.Fresh());
        File.Copy(place.Array([2, 2, 101], [.. Enumerable.Range(0, 404).Select(i => 0.001 * i)]), Path.Combine(home, "two fronts.npy"));
        var first = Led.Shell(
            $"cd '{home}' && $LED forecast fhn --ic 'two fronts.npy' --t-final 30 --t-warm 10 --t-macro 8 --t-micro 4 --model '{place.Model}' "
            + "--run 'a run'");
        Assert.True(first.Code == 0, first.Errors);
        var page = System.Xml.Linq.XDocument.Parse(File.ReadAllText(Path.Combine(home, "a run", "report.html")));
        var command = page.Descendants("code").Single().Value;
        Assert.Matches("^(led|dotnet /|'?/).* forecast fhn ", command);
        var second = Led.Shell($"cd / && $LED {command[command.IndexOf("forecast fhn", StringComparison.Ordinal)..]} --run {again}");
        Assert.True(second.Code == 0, second.Errors);
        Workplace.AssertSameOutput(Path.Combine(home, "a run"), again);
    }

    [Fact]
    public void The_program_is_named_as_it_is_found_from_any_directory()
    {
        var root = Directory.CreateDirectory(place.Fresh(" it's")).FullName;
        var (script, program) = (Path.Combine(root, "led"), Directory.CreateDirectory(Path.Combine(root, "build", "led")).FullName);
        Assert.Equal($"'{root.Replace("'", @"'\''")}/build/led/led'", InstalledProgram.Find("", program + "/", Path.Combine(program, "led")));
        Assert.Equal("dotnet '", InstalledProgram.Find("", program, "/usr/bin/dotnet")[..8]);
        File.WriteAllText(script, "");
        File.WriteAllText(Path.Combine(root, "global.json"), "");
        Assert.Equal($"'{root.Replace("'", @"'\''")}/led'", InstalledProgram.Find("/bin:/usr/bin", program + "/", "/usr/bin/dotnet"));
        Assert.Equal("led", InstalledProgram.Find($"/bin:{root}", program, "/usr/bin/dotnet"));
    }

    [Fact]
    public void Figures_that_are_not_defined_are_null_in_the_file_and_on_the_line()
    {
        var run = place.Fresh();
        Led.Json("forecast", "fhn", "--members", "2", "--t-final", Final, "--t-warm", Warm, "--model", place.Model, "--run", run);
        var line = Led.Json("evaluate", run); // two members have no others to be scored by
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")))!["evaluation"]!;
        foreach (var figure in (string[])["fairCrpsAtEnd", "spreadSkillAtEnd", "validPredictionTime", "derivativeDensityDistance"])
            Assert.All([line, file], json =>
                Assert.True(json["channels"]!["u"]!.AsObject().TryGetPropertyValue(figure, out var value) && value is null, figure));
        Assert.Contains("–", Led.Run("evaluate", run).Output);
    }

    [Theory]
    [InlineData("1", "70")]
    [InlineData("2", "2500")]
    public void Report_stands_for_a_single_member_and_for_a_long_run(string members, string final)
    {
        var run = place.Fresh();
        Led.Json("forecast", "fhn", "--members", members, "--t-final", final, "--model", place.Model, "--run", run);
        Assert.InRange(new FileInfo(Path.Combine(run, "report.html")).Length, 20_000, 1_000_000);
    }

    [Fact]
    public void Members_that_diverge_are_set_aside_and_the_others_are_untouched()
    {
        var (model, run, alone) = (place.Fresh(), place.Fresh(), place.Fresh());
        RandomModel.SaveExploding(model);
        string[] cycle = ["--t-final", Final, "--t-warm", Warm, "--t-macro", Macro, "--t-micro", Micro, "--model", model, "--json"];
        var outcome = Led.Run(["forecast", "fhn", "--ic", place.Uniform(-0.5, 0.9, -0.7, 0.8, 0.7), "--run", run, .. cycle]);
        Assert.Equal(3, outcome.Code);
        Assert.Contains("\"members\":{\"total\":5,\"done\":2,\"failed\":3}", outcome.Output);
        Assert.Equal(0, Led.Run(["forecast", "fhn", "--ic", place.Uniform(-0.5, -0.7), "--run", alone, .. cycle]).Code);

        using (var some = Storage.Forecasts.ForecastStore.Open(Path.Combine(run, "output.zarr")))
        using (var others = Storage.Forecasts.ForecastStore.Open(Path.Combine(alone, "output.zarr")))
        {
            Assert.Equal([-1, 2, -1, 2, 2], some.ReadFailedLegs());
            var (a, b) = (new float[some.Frames * 202], new float[some.Frames * 202]);
            foreach (var (member, other) in ((int, int)[])[(0, 0), (2, 1)])
            {
                some.ReadFields(member, 0, some.Frames, a);
                others.ReadFields(other, 0, some.Frames, b);
                Assert.Equal(b, a);
            }
            some.ReadFields(1, 29, some.Frames - 29, a.AsSpan(0, (some.Frames - 29) * 202)); // from the failed leg on
            Assert.All(a[..((some.Frames - 29) * 202)], x => Assert.True(float.IsNaN(x)));
        }
        var story = Led.Json("explain", run, "1");
        Assert.Equal(("failed", 28), ((string)story["state"]!, (int)story["frame"]!));
        Assert.Contains("beyond the limit", (string)story["why"]!);
        Assert.Contains("3 of 5 members were set aside", File.ReadAllText(Path.Combine(run, "report.html")));
    }

    private string[] Command(string run) =>
    [
        "forecast", "fhn", "--members", Members, "--seed", "3", "--t-final", Final, "--t-warm", Warm, "--t-macro", Macro, "--t-micro", Micro,
        "--model", place.Model, "--run", run,
    ];
}
