namespace LedCluster.Host.Tests;

public sealed class CommandTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void Studies_lists_them_with_their_defaults()
    {
        var study = Assert.Single(Led.Json("studies")["studies"]!.AsArray(), s => (string)s!["name"]! == "fhn")!;
        Assert.Equal((101, 1.0, "gradient"), ((int)study["points"]!, (double)study["timeStep"]!, (string)study["lift"]!));
        var model = Assert.Single(study["models"]!.AsArray(), m => (string)m!["name"]! == (string)study["model"]!)!;
        Assert.Equal((2, "LSTM 32"), ((int)model["latentSize"]!, (string)model["propagator"]!));
        Assert.Contains("FitzHugh-Nagumo", Led.Run("studies").Output);
    }

    [Fact]
    public void Cite_prints_BibTeX_of_the_program_and_of_a_study()
    {
        var outcome = Led.Run("cite", "fhn");
        Assert.Equal(0, outcome.Code);
        Assert.Contains("@software{ledcluster", outcome.Output);
        Assert.Contains("10.1038/s42256-022-00464-w", outcome.Output);
        Assert.Equal(2, Led.Run("cite", "nothing-of-the-kind").Code);
    }

    [Fact]
    public void Doctor_judges_forecasting_apart_from_training()
    {
        var outcome = Led.Run("doctor", "--json");
        var report = System.Text.Json.Nodes.JsonNode.Parse(outcome.Output)!;
        Assert.Equal((bool)report["forecasting"]! ? 0 : 1, outcome.Code);
        var findings = report["findings"]!.AsArray();
        foreach (var subject in (string[])[".NET", "SIMD", "disk", "model of fhn", "libtorch"])
            Assert.Contains(findings, f => (string)f!["subject"]! == subject);
        Assert.All(findings.Where(f => (string)f!["state"]! == "missing"), f => Assert.NotEqual("", (string)f!["remedy"]! + (string)f["detail"]!));
    }

    [Fact]
    public void Explain_tells_every_leg_of_a_member()
    {
        var run = place.Fresh();
        Led.Json(
            "forecast", "fhn", "--members", "3", "--t-final", "30", "--t-warm", "10", "--t-macro", "6", "--t-micro", "4", "--cohort-size", "2",
            "--model", place.Model, "--run", run);
        var story = Led.Json("explain", run, "2");
        Assert.Equal(("finished", 30, 30.0), ((string)story["state"]!, (int)story["frame"]!, (double)story["time"]!));
        var legs = story["legs"]!.AsArray();
        Assert.Equal(["warmup", "macro", "micro", "macro", "micro"], legs.Select(l => (string)l!["phase"]!));
        Assert.All(legs, l => Assert.True((int)l!["cohort"]! == 2 && l["recorded"] is not null && l["excess"] is not null));
        Assert.All(legs, l => Assert.Equal((string)l!["phase"]! == "macro", l["reconstruction"] is null));
        Assert.Contains("finished", Led.Run("explain", run, "2").Output);
    }

    [Fact]
    public void Launcher_without_the_SDK_says_how_to_get_it()
    {
        var outcome = Led.Shell($"PATH=/nowhere /bin/bash {Path.Combine(Led.Root, "led")} studies");
        Assert.Equal(1, outcome.Code);
        Assert.Contains(".NET SDK 10 is needed", outcome.Errors);
    }
}
