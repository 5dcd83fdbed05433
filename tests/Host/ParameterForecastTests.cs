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
        var warnings = Led.Json([
            "forecast", .. settings, .. micro, "--members", "3", "--set", "mu=1..3", "--run", run, "--out",
            Path.Combine(place, "f.npy")])["warnings"]!.AsArray();
        Assert.Contains(warnings, w =>
            (string)w!["kind"]! == "parameters" && ((string)w["text"]!).Contains("mu of 2 of the 3 members, outside 1", StringComparison.Ordinal));
        Led.Json(["simulate", .. settings, "--members", "3", "--set", "mu=1..3", "--out", Path.Combine(place, "s.npy")]);
        var forecast = Read("f.npy");
        Assert.Equal(Read("s.npy").Select(x => (double)(float)x), forecast);

        File.WriteAllText(table, "mu\n1\n2\n3\n4\n");
        Led.Json([
            "forecast", .. settings, .. micro, "--members", "3", "--parameters", table, "--run", other, "--cohort-size", "2", "--out",
            Path.Combine(place, "o.npy")]);
        Assert.Equal(forecast, Read("o.npy"));
        Assert.Equal("1..3", (string)Spec(run)["mu"]!);
        Assert.StartsWith("sha256:", (string)Spec(other)["mu"]!);
        Assert.Contains("--set mu=1..3 ", File.ReadAllText(Path.Combine(run, "report.html")));

        Assert.Contains("is finished", Led.Run("resume", other).Errors);
        File.WriteAllText(Path.Combine(other, "parameters.csv"), "mu\n1\n2\n4\n");
        Assert.Contains("does not have the values of 'mu'", Led.Run("resume", other).Errors);
        Assert.Contains("parameters is given as", Led.Run(["forecast", .. settings, .. micro, "--members", "3", "--set", "mu=2", "--run", run]).Errors);
    }

    [Fact]
    public void A_model_that_gets_the_parameter_follows_it_within_its_range()
    {
        string[] settings = [
            "forecast", "vdp", "--model", "mu", "--seed", "3", "--t-final", "24.9", "--t-macro", "18", "--t-micro", "0", "--members", "5",
            "--set", "mu=0.7..2.7"];
        var result = Led.Json([.. settings, "--run", Path.Combine(place, "run"), "--out", Path.Combine(place, "f.npy")]);
        Assert.DoesNotContain(result["warnings"]!.AsArray(), w => (string)w!["kind"]! == "parameters");
        var forecast = Read("f.npy");
        Led.Json("simulate", "vdp", "--seed", "3", "--t-final", "24.9", "--members", "5", "--set", "mu=0.7..2.7", "--out", Path.Combine(place, "s.npy"));
        Assert.InRange(forecast.Zip(Read("s.npy"), (f, s) => Math.Abs(f - s)).Average(), 0, 0.06);

        var beyond = Led.Json("forecast", "vdp", "--model", "mu", "--members", "2", "--set", "mu=2..4", "--run", Path.Combine(place, "beyond"));
        Assert.Contains(beyond["warnings"]!.AsArray(), w =>
            ((string)w!["text"]!).Contains("mu of 1 of the 2 members, outside 0.5..3", StringComparison.Ordinal));
        Assert.Contains("needs the parameter 'mu', which the system does not have", Led.Run(
            "forecast", "cells", "--model", Path.Combine(Led.Root, "studies", "vdp", "models", "mu")).Errors);
    }

    [Fact]
    public void A_model_that_gets_the_parameter_is_given_it_by_a_setting_a_table_or_an_array()
    {
        var (table, array) = (Path.Combine(place, "mu.csv"), Path.Combine(place, "mu.npy"));
        File.WriteAllText(table, "mu\n1\n2\n3\n");
        using (var writer = NpyWriter.Create(array, [3, 1], Domain.Npy.NpyType.Float64))
        {
            writer.Append([1, 2, 3]);
            writer.Complete();
        }
        double[] Forecast(string name, params string[] parameters)
        {
            Led.Json(["forecast", "vdp", "--model", "mu", "--seed", "3", "--members", "3", "--t-final", "15", "--t-macro", "8", "--t-micro", "0", .. parameters,
                "--run", Path.Combine(place, name), "--out", Path.Combine(place, $"{name}.npy")]);
            return Read($"{name}.npy");
        }
        var set = Forecast("set", "--set", "mu=1..3");
        Assert.Equal(set, Forecast("table", "--parameters", table));
        Assert.Equal(set, Forecast("array", "--parameters", array));
        Assert.All(set.Chunk(set.Length / 3).Zip(Forecast("two", "--set", "mu=2").Chunk(set.Length / 3)).Index(), path =>
            Assert.Equal(path.Index == 1, path.Item.First.SequenceEqual(path.Item.Second)));
    }

    [Fact]
    public void A_parameter_follows_its_schedule_in_solver_propagator_and_output()
    {
        // A step at t = 7 is one run after another; the first begins where the second ends.
        var step = """mu={"time":[0,7],"value":[1,2.5],"interpolation":"previous"}""";
        string[] four = ["vdp", "--seed", "3", "--members", "4"];
        Led.Json(["simulate", .. four, "--t-final", "9", "--set", step, "--out", Path.Combine(place, "s.npy")]);
        Led.Json(["simulate", .. four, "--t-final", "7", "--out", Path.Combine(place, "1.npy")]);
        var first = Read("1.npy").Chunk(71 * 2).ToArray();
        using (var writer = NpyWriter.Create(Path.Combine(place, "ic.npy"), [4, 2, 1], Domain.Npy.NpyType.Float64))
        {
            writer.Append([.. first.SelectMany(path => path[^2..])]);
            writer.Complete();
        }
        Led.Json("simulate", "vdp", "--ic", Path.Combine(place, "ic.npy"), "--t-final", "2", "--set", "mu=2.5", "--out", Path.Combine(place, "2.npy"));
        Assert.Equal(first.Zip(Read("2.npy").Chunk(21 * 2), (a, b) => a.Concat(b[2..])).SelectMany(path => path), Read("s.npy"));

        var (table, run) = (Path.Combine(place, "mu.csv"), Path.Combine(place, "run"));
        File.WriteAllText(table, "time,0,1,2,3\n5,1,1.2,1.5,2\n20,2,2,2,0.6\n");
        string[] forecast = ["forecast", .. four, "--model", "mu", "--t-final", "24.9", "--t-macro", "9", "--t-micro", "2", "--set", $"mu=@{table}"];
        var result = Led.Json([.. forecast, "--run", run, "--cohort-size", "3"]);
        Assert.DoesNotContain(result["warnings"]!.AsArray(), w => (string)w!["kind"]! == "parameters");
        Led.Json([.. forecast, "--run", Path.Combine(place, "alone"), "--cohort-size", "1"]);
        Workplace.AssertSameOutput(run, Path.Combine(place, "alone"));
        using var group = Storage.Zarr.ZarrGroup.Open(Path.Combine(run, "output.zarr"));
        var mu = group.OpenArray<double>("mu");
        Assert.Equal([4, 250], mu.Shape);
        var values = mu.ReadAll();
        Assert.Equal((1.2, 2.0, 0.6), (values[250], values[249], values[^1]));
        Assert.Equal(1 + 5 / 15.0, values[100], 9);
        Assert.InRange((double)Led.Json("evaluate", run)["channels"]![0]!["rmse"]!, 0, 0.2);
        Assert.Contains("is finished", Led.Run("resume", run).Errors);
        Assert.Contains("--set 'mu={", File.ReadAllText(Path.Combine(run, "report.html")).Replace("&#39;", "'").Replace("&quot;", "\""));

        Assert.Contains("mu of 4 of the 4 members, outside 1", Led.Run(
            ["forecast", .. four, "--set", $"mu=@{table}", "--run", Path.Combine(place, "other")]).Errors);
        Assert.Contains("there are 5. Give one for each member", Led.Run("forecast", "vdp", "--members", "5", "--set", $"mu=@{table}").Errors);
        Assert.Contains("give time,mu for all members", Refused("time,nu\n0,1\n", ""));
        Assert.Contains("mu is 11 at time 3, which is outside 0.1..10", Refused("time,mu\n0,1\n3,11\n", ":previous"));
        Assert.Contains("times must be finite and ascending", Refused("time,mu\n1,1\n0,2\n", ""));
        Assert.Contains("does not exist", Led.Run("forecast", "vdp", "--set", "mu=@/nowhere.csv").Errors);
        Request("""{"study": "vdp", "set": "mu=@/etc/passwd"}""", out var faults);
        Assert.Contains("cannot be submitted", Assert.Single(faults));

        string Refused(string text, string ending)
        {
            File.WriteAllText(table, text);
            return Led.Run("simulate", "vdp", "--out", Path.Combine(place, "n.npy"), "--set", $"mu=@{table}{ending}").Errors;
        }
    }

    [Fact]
    public void Given_trajectories_bring_their_parameters_in_a_file_or_in_their_group()
    {
        string[] data = ["--members", "6", "--seed", "5", "--set", "mu=1..2"],
            quick = ["--set", "propagator={\"kind\":\"sindy\",\"degree\":1}", "--set", "sequential=null"];
        var (array, table, run) = (Path.Combine(place, "d.npy"), Path.Combine(place, "mu.csv"), Path.Combine(place, "run"));
        Led.Json(["simulate", "vdp", .. data, "--t-final", "15", "--out", array]);
        File.WriteAllText(table, "mu\n1\n1.2\n1.4\n1.6\n1.8\n2\n");
        JsonNode Ranges(params string[] more) => Led.Json(["train", "vdp", .. quick, .. more, "--out", Path.Combine(place, "model")])["parameters"]!;
        Assert.Equal("""{"mu":[1,1.8]}""", Ranges("--data", array, "--parameters", table).ToJsonString());
        Assert.Equal("""{"mu":null}""", Ranges("--data", array).ToJsonString());
        Assert.Contains("unknown mu", Led.Run(
            "forecast", "vdp", "--model", Path.Combine(place, "model"), "--members", "1", "--run", Path.Combine(place, "other")).Errors);
        Led.Json(["forecast", "vdp", .. data, "--t-warm", "14", "--t-final", "15", "--t-macro", "0", "--t-micro", "1", "--run", run]);
        Assert.Equal("""{"mu":[1,1.8]}""", Ranges("--data", Path.Combine(run, "output.zarr")).ToJsonString());

        Assert.Contains("Give --parameters FILE", Led.Run("train", "vdp", "--variant", "mu", "--data", array, "--out", Path.Combine(place, "none")).Errors);
        File.WriteAllText(table, "mu\n1\n2\n");
        Assert.Contains("has values for 2 members, but --data", Led.Run(
            "train", "vdp", "--data", array, "--parameters", table, "--out", Path.Combine(place, "none")).Errors);
        Assert.Contains("without --data the trajectories are simulated", Led.Run(
            "train", "vdp", "--parameters", table, "--out", Path.Combine(place, "none")).Errors);
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
        return Submission.Request(new VerbCall(
            Palette.All.Single(verb => verb.Name == "submit"), new Dictionary<string, string>(),
            JsonDocument.Parse(body).RootElement), null, faults);
    }

    private double[] Read(string name) => NpyFile.ReadDoubles(Path.Combine(place, name)).Data;

    private static JsonNode Spec(string run) => JsonNode.Parse(File.ReadAllText(Path.Combine(run, "spec.json")))!["parameters"]!;
}
