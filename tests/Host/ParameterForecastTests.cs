using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Host.Service;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Tests;

/// <summary>Forecasts with parameters of the members' own, as users ask for them.</summary>
public sealed class ParameterForecastTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("led-parameters-").FullName;

    [Fact]
    public void Forecast_file_and_simulation_agree_on_the_parameters()
    {
        var (run, other, table) = (Path.Combine(place, "run"), Path.Combine(place, "other"), Path.Combine(place, "mu.csv"));
        string[] settings = ["vdp", "--seed", "3", "--t-final", "9"], micro = ["--t-macro", "0", "--t-micro", "1", "--t-warm", "7"];
        var warnings = Led.Json(["forecast", .. settings, .. micro, "--members", "3", "--set", "mu=1..3", "--run", run, "--out", Path.Combine(place, "f.npy")])["warnings"]!.AsArray();
        Assert.Contains(warnings, w => (string)w!["kind"]! == "parameters" && ((string)w["text"]!).Contains("mu of 2 of the 3 members, beyond 1", StringComparison.Ordinal));
        Led.Json(["simulate", .. settings, "--members", "3", "--set", "mu=1..3", "--out", Path.Combine(place, "s.npy")]);
        var forecast = Read("f.npy");
        Assert.Equal(Read("s.npy").Select(x => (double)(float)x), forecast);

        File.WriteAllText(table, "mu\n1\n2\n3\n4\n");
        Led.Json(["forecast", .. settings, .. micro, "--members", "3", "--parameters", table, "--run", other, "--cohort-size", "2", "--out", Path.Combine(place, "o.npy")]);
        Assert.Equal(forecast, Read("o.npy"));
        Assert.Equal("1..3", (string)Spec(run)["mu"]!);
        Assert.StartsWith("sha256:", (string)Spec(other)["mu"]!);
        Assert.Contains("--set mu=1..3 ", File.ReadAllText(Path.Combine(run, "report.html")));

        Assert.Contains("is finished", Led.Run("resume", other).Errors);
        File.WriteAllText(Path.Combine(other, "parameters.csv"), "mu\n1\n2\n4\n");
        Assert.Contains("does not hold the values of 'mu'", Led.Run("resume", other).Errors);
        Assert.Contains("parameters is given as", Led.Run(["forecast", .. settings, .. micro, "--members", "3", "--set", "mu=2", "--run", run]).Errors);
    }

    [Fact]
    public void A_model_that_gets_the_parameter_follows_it_within_its_range()
    {
        string[] settings = ["forecast", "vdp", "--model", "mu", "--seed", "3", "--t-final", "24.9", "--t-macro", "18", "--t-micro", "0", "--members", "5", "--set", "mu=0.7..2.7"];
        var result = Led.Json([.. settings, "--run", Path.Combine(place, "run"), "--out", Path.Combine(place, "f.npy")]);
        Assert.DoesNotContain(result["warnings"]!.AsArray(), w => (string)w!["kind"]! == "parameters");
        var forecast = Read("f.npy");
        Led.Json("simulate", "vdp", "--seed", "3", "--t-final", "24.9", "--members", "5", "--set", "mu=0.7..2.7", "--out", Path.Combine(place, "s.npy"));
        Assert.InRange(forecast.Zip(Read("s.npy"), (f, s) => Math.Abs(f - s)).Average(), 0, 0.06);

        var beyond = Led.Json("forecast", "vdp", "--model", "mu", "--members", "2", "--set", "mu=2..4", "--run", Path.Combine(place, "beyond"));
        Assert.Contains(beyond["warnings"]!.AsArray(), w => ((string)w!["text"]!).Contains("mu of 1 of the 2 members, beyond 0.5..3", StringComparison.Ordinal));
        Assert.Contains("needs the parameter 'mu', which the system has not", Led.Run("forecast", "cells", "--model", Path.Combine(Led.Root, "studies", "vdp", "models", "mu")).Errors);
    }

    [Fact]
    public void Given_trajectories_bring_their_parameters_in_a_file_or_in_their_group()
    {
        string[] data = ["--members", "6", "--seed", "5", "--set", "mu=1..2"], quick = ["--set", "propagator={\"kind\":\"sindy\",\"degree\":1}", "--set", "sequential=null"];
        var (array, table, run) = (Path.Combine(place, "d.npy"), Path.Combine(place, "mu.csv"), Path.Combine(place, "run"));
        Led.Json(["simulate", "vdp", .. data, "--t-final", "15", "--out", array]);
        File.WriteAllText(table, "mu\n1\n1.2\n1.4\n1.6\n1.8\n2\n");
        JsonNode Ranges(params string[] more) => Led.Json(["train", "vdp", .. quick, .. more, "--out", Path.Combine(place, "model")])["parameters"]!;
        Assert.Equal("""{"mu":[1,1.8]}""", Ranges("--data", array, "--parameters", table).ToJsonString());
        Assert.Equal("""{"mu":null}""", Ranges("--data", array).ToJsonString());
        Assert.Contains("whose mu is not known", Led.Run("forecast", "vdp", "--model", Path.Combine(place, "model"), "--members", "1", "--run", Path.Combine(place, "other")).Errors);
        Led.Json(["forecast", "vdp", .. data, "--t-warm", "14", "--t-final", "15", "--t-macro", "0", "--t-micro", "1", "--run", run]);
        Assert.Equal("""{"mu":[1,1.8]}""", Ranges("--data", Path.Combine(run, "output.zarr")).ToJsonString());

        Assert.Contains("Give --parameters FILE", Led.Run("train", "vdp", "--variant", "mu", "--data", array, "--out", Path.Combine(place, "none")).Errors);
        File.WriteAllText(table, "mu\n1\n2\n");
        Assert.Contains("has values for 2 members, but --data", Led.Run("train", "vdp", "--data", array, "--parameters", table, "--out", Path.Combine(place, "none")).Errors);
        Assert.Contains("without --data the trajectories are simulated", Led.Run("train", "vdp", "--parameters", table, "--out", Path.Combine(place, "none")).Errors);
    }

    [Fact]
    public void A_submission_names_parameters_as_the_command_line_does()
    {
        var request = Request("""{"study": "vdp", "members": 2, "set": "mu=1..2"}""", out var faults);
        Assert.Empty(faults);
        Assert.Equal("1..2", request.Resolve([]).Spec.Parameters!["mu"]);
        Assert.Equal([1.0, 2], request.Resolve([]).Source.Parameters.Of([0, 1]));
        Request("""{"study": "vdp", "parameters": "/etc/passwd"}""", out faults);
        Assert.Contains("reads no files", Assert.Single(faults));
        Assert.Contains("Did you mean 'mu'?", Assert.Throws<UserError>(() => Request("""{"study": "vdp", "set": "nu=2"}""", out _).Resolve([])).Message);
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    private static Forecasts.ForecastRequest Request(string body, out List<string> faults)
    {
        faults = [];
        return Submission.Request(new VerbCall(Palette.All.Single(verb => verb.Name == "submit"), new Dictionary<string, string>(), JsonDocument.Parse(body).RootElement), null, faults);
    }

    private double[] Read(string name) => NpyFile.ReadDoubles(Path.Combine(place, name)).Data;

    private static JsonNode Spec(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "spec.json")))!["parameters"]!;
}
