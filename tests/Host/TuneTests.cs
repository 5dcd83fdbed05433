using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

public sealed class TuneTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("led-tune-").FullName;

    public TuneTests()
    {
        Directory.CreateDirectory(Path.Combine(root, "studies", "fhn"));
        foreach (var name in (string[])["study.json", "training.json"])
            File.Copy(Path.Combine(Led.Root, "studies", "fhn", name), Path.Combine(root, "studies", "fhn", name));
        var recipes = JsonNode.Parse(File.ReadAllText(Recipes))!.AsObject();
        var small = recipes["default"]!.DeepClone();
        small["data"] = new JsonObject { ["members"] = 2, ["validationMembers"] = 1, ["frames"] = 200, ["skip"] = 0 };
        small["reduction"]!["hiddenLayers"] = new JsonArray(8);
        small["sequential"] = new JsonObject { ["autoencoderSteps"] = 20, ["autoencoderFrames"] = 100, ["propagatorSteps"] = 5, ["polish"] = new JsonArray() };
        recipes["small"] = small;
        File.WriteAllText(Recipes, recipes.ToJsonString());
        File.WriteAllText(Path.Combine(root, "studies", "fhn", "tuning.json"),
            """
            { "width": { "about": "a test", "variant": "small", "members": 2, "seed": 3, "warmTime": 20, "horizon": 40,
                "vary": { "propagator.hidden": [4, 8], "reduction.latentSize": [2] } } }
            """);
    }

    private string Recipes => Path.Combine(root, "studies", "fhn", "training.json");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Every_combination_is_tried_ranked_and_not_tried_again()
    {
        var first = Tune("--grid --jobs 2 --json");
        Assert.True(first.Code == 0, first.Errors);
        var trials = JsonNode.Parse(first.Output)!["trials"]!.AsArray();
        Assert.Equal([4, 8], trials.Select(t => (int)t!["settings"]!["propagator.hidden"]!).Order());
        Assert.True((double)trials[0]!["mnad"]! <= (double)trials[1]!["mnad"]!);
        Assert.NotEqual((int)trials[0]!["weights"]!, (int)trials[1]!["weights"]!);

        var models = Directory.GetFiles(Out, "model.json", SearchOption.AllDirectories);
        Assert.Equal(2, models.Length);
        var times = models.Select(File.GetLastWriteTimeUtc).ToArray();
        var again = Tune("--random 9 --json"); // there are two combinations in all
        Assert.Equal(first.Output, again.Output);
        Assert.Equal(times, models.Select(File.GetLastWriteTimeUtc));
        Assert.Contains("--set propagator.hidden=", File.ReadAllText(models[0]));
    }

    [Fact]
    public void A_setting_that_the_recipe_does_not_know_is_told_with_its_trial()
    {
        Change("propagator.hidden", "propagator.width");
        var outcome = Tune("--random 1 --json");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("width", (string)JsonNode.Parse(outcome.Output)!["trials"]![0]!["note"]!);
    }

    [Theory]
    [InlineData("3", "2 of the 2 members were used in the model's training (seed 3)")]
    [InlineData("2", "1 of the 2 members were used in the model's validation (seed 3)")]
    public void Trainings_are_not_ranked_by_what_they_have_seen(string seed, string expected)
    {
        var outcome = Tune($"--grid --seed {seed}");
        Assert.Equal(2, outcome.Code);
        Assert.Contains(expected, outcome.Errors);
    }

    [Fact]
    public void A_ranking_by_climate_needs_a_periodic_domain()
    {
        Change("\"seed\": 3", "\"seed\": 3, \"rank\": \"climate\"");
        var outcome = Tune("--grid");
        Assert.Equal(2, outcome.Code);
        Assert.Contains("Set the rank to mnad", outcome.Errors);
    }

    [Theory]
    [InlineData("", "Give either --grid, for all 2 combinations of 'width', or --random N")]
    [InlineData("--grid --random 3", "Give either --grid")]
    [InlineData("--grid --search depth", "--search is 'depth'; study 'fhn' has width (a test)")]
    [InlineData("--random 0", "must be at least 1")]
    public void Bad_input_is_refused(string options, string message)
    {
        var outcome = Tune(options);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(message, outcome.Errors);
    }

    [Theory]
    [InlineData("propagator.hidden", "expected PATH=JSON")]
    [InlineData("propagators.hidden=8", "has no 'propagators' there; it has about, data")]
    [InlineData("propagator.hidden.x=8", "'hidden' has no settings")]
    [InlineData("propagator.kind=lstm", "is not JSON")]
    [InlineData("propagator.hiden=8", "hiden")]
    [InlineData("sequential.autoencoderFrames=50", "the first 50 frames of the trajectories are too few")]
    [InlineData("data.frames=200", "a window of sequential.polish needs 261 frames, the trajectories have 201")]
    [InlineData("data.members=0", "data needs trajectories to train on")]
    [InlineData("sequential=null", "is trained by gradients: say how by sequential or rounds")]
    [InlineData(
        """reduction={"kind":"convolutional","channels":[4],"latentSize":2,"padding":"periodic"}""",
        "the domain is not periodic: nothing that leaves at one end comes in at the other. Set padding to zero")]
    [InlineData("""reduction={"kind":"diffusion-maps","latentSize":2,"samples":2}""", "give more samples than coordinates")]
    public void Bad_settings_of_a_training_are_refused(string setting, string message)
    {
        var outcome = Led.Run("train", "fhn", "--set", setting, "--out", Out);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(message, outcome.Errors);
    }

    [Fact]
    public void Only_networks_need_libtorch()
    {
        const string Without = "LED_LIBTORCH=/none";
        var fitted = Led.Shell(
            $"{Without} $LED train fhn --variant pca --set data.members=2 --set data.validationMembers=1 --set propagator.units=50 --out {Out} "
            + "--json");
        Assert.True(fitted.Code == 0, fitted.Errors);
        var trained = Led.Shell($"{Without} $LED train fhn --out {Out}-network");
        Assert.Equal(2, trained.Code);
        Assert.Contains("no libtorch_cpu.so in '/none'", trained.Errors);
        var missing = Led.Shell($"unset LED_LIBTORCH; NUGET_PACKAGES=/none $LED train fhn --out {Out}-network");
        Assert.Equal(2, missing.Code);
        Assert.Contains("led setup torch", missing.Errors);
    }

    private string Out => Path.Combine(root, "trials");

    /// <summary>Changes the search's description.</summary>
    private void Change(string what, string into)
    {
        var plan = Path.Combine(root, "studies", "fhn", "tuning.json");
        File.WriteAllText(plan, File.ReadAllText(plan).Replace(what, into));
    }

    private Led.Outcome Tune(string options) => Led.Shell($"LEDCLUSTER_STUDIES={root}/studies $LED tune fhn --out {Out} {options}");
}
