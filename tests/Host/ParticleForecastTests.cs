namespace LedCluster.Host.Tests;

/// <summary>Forecasts of particles by the committed model: stochastic solver, decoder that draws.</summary>
public sealed class ParticleForecastTests(Workplace place) : IClassFixture<Workplace>
{
    private const int Members = 5;

    private static string[] Command(string run, int cohort, int workers) =>
    [
        "forecast", "particles", "--members", $"{Members}", "--seed", "77", "--t-warm", "10", "--t-macro", "8", "--t-micro", "2", "--t-final",
        "60", "--run", run,
        "--cohort-size", $"{cohort}", "--workers", $"{workers}", "--json",
    ];

    [Fact]
    public void Particles_have_the_same_bits_in_any_cohort_and_after_a_kill_and_are_evaluated_as_laws()
    {
        var (reference, other, killed) = (place.Fresh(), place.Fresh(), place.Fresh());
        Assert.Equal(0, Led.Run(Command(reference, Members, 1)).Code);
        Assert.Equal(0, Led.Run(Command(other, 2, 2)).Code);
        Workplace.AssertSameOutput(reference, other);

        using (var process = Led.Start(Command(killed, 1, 1)))
        {
            var grown = RunWatch.Grown(killed, 0, process);
            process.Kill();
            process.WaitForExit();
            Assert.True(grown, "the run ended before it could be killed");
        }
        Assert.Equal(0, Led.Run("resume", killed, "--cohort-size", "3", "--json").Code);
        Workplace.AssertSameOutput(reference, killed);
        // particle i of one member is no particle i of another
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(reference, "output.zarr"), "*_ensemble_*"));
        Assert.Equal(0, Led.Run("verify", reference).Code);

        var laws = Led.Json("evaluate", reference)["laws"]!;
        double W(string name) => (double)laws[name]!["wasserstein"]!;
        Assert.InRange(W("exact distribution") / W("another realisation"), 0.7, 1.4);
        Assert.InRange(W("forecast"), 0.7 * W("another realisation"), 0.5 * W("time-averaged distribution"));
        Assert.Contains("Marginal densities", File.ReadAllText(Path.Combine(reference, "report.html")));
    }

    [Fact]
    public void An_ensemble_of_a_stochastic_system_is_evaluated_as_a_law()
    {
        var (run, other) = (place.Fresh(), place.Fresh());
        string[] Command(string to, int cohort, int workers) =>
        [
            "forecast", "mueller-brown", "--members", "60", "--seed", "78", "--t-warm", "10", "--t-macro", "40", "--t-micro", "0", "--t-final",
            "50", "--run", to,
            "--cohort-size", $"{cohort}", "--workers", $"{workers}", "--json",
        ];
        Assert.Equal(0, Led.Run(Command(run, 60, 1)).Code);
        Assert.Equal(0, Led.Run(Command(other, 7, 2)).Code);
        Workplace.AssertSameOutput(run, other);
        var legs = Led.Json("explain", run, "3")["legs"]!.AsArray();
        Assert.Equal("warmup", (string)legs[0]!["phase"]!);
        Assert.Null((float?)legs[0]!["diagnostics"]!["predicted_variance"]); // nothing was predicted
        Assert.InRange((float)legs[^1]!["diagnostics"]!["predicted_variance"]!, 1e-6f, 10f);
        var result = Led.Json("evaluate", run);
        Assert.Empty(result["channels"]!.AsObject());
        double W(string name) => (double)result["laws"]![name]!["wasserstein"]!;
        Assert.InRange(W("forecast") / W("another realisation"), 0.5, 2);
        Assert.Contains("Distribution of the members", File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Contains("predicted_variance", File.ReadAllText(Path.Combine(run, "report.html")));
        Assert.Contains("needs more than one member", Led.Run("evaluate", run, "--members", "1").Errors);
    }
}
