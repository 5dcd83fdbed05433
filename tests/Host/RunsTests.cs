using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>The list of runs, and the comparison of two.</summary>
public sealed class RunsTests(Workplace place) : IClassFixture<Workplace>
{
    private string Forecast(string folder, string micro = "5", params string[] more)
    {
        var run = Path.Combine(place[folder], Path.GetFileName(place.Fresh()));
        Led.Json([
            "forecast", "fhn", "--members", "3", "--t-final", "60", "--t-warm", "20", "--t-macro", "20", "--t-micro", micro, "--model",
            place.Model, "--run", run, .. more]);
        return run;
    }

    [Fact]
    public void Runs_whose_points_have_no_numbers_have_no_difference()
    {
        string[] runs = [place.Fresh(), place.Fresh()];
        foreach (var run in runs)
            Led.Json("forecast", "particles", "--members", "1", "--t-final", "3", "--t-warm", "1", "--t-macro", "1", "--run", run);
        var compared = Led.Json(["compare", .. runs])["channels"]!.AsObject().First().Value!;
        Assert.All((string[])["rmsOfMeans", "rmsOfMembers", "largestOfMembers"], name => Assert.Null(compared[name]));
    }

    [Fact]
    public void A_part_of_a_run_is_exported_and_what_it_has_not_is_refused()
    {
        var (run, part) = (Forecast("parts", "5", "--save", "latent"), place.Fresh(".zarr"));
        var made = Led.Json(
            "export", run, "--out", part, "--members", "0,2", "--from", "10", "--to", "60", "--stride", "25", "--channels", "v", "--float16",
            "--compress");
        Assert.Equal((2, 3, 1), ((int)made["members"]!, (int)made["frames"]!, (int)made["channels"]!));
        Assert.True(File.Exists(Path.Combine(part, "v", "0.0.0")) && !Directory.Exists(Path.Combine(part, "u")));
        foreach (var (words, told) in ((string[], string)[])[
            (["--members", "1-3"], "has the members 0 to 2"), (["--channels", "w"], "the run has u, v"), (["--from", "0.5"], "a multiple of the time step 1"),
            (["--from", "20", "--to", "10"], "after --to 10"), (["--stride", "0"], "give 1 or more"), (["--to", "61"], "from 0 to 60")])
            if (Led.Run(["export", run, "--out", place.Fresh(".zarr"), .. words]) is var refused)
                Assert.True(refused.Code == 2 && refused.Errors.Contains(told), refused.Errors);
        Assert.Contains("exists already", Led.Run("export", run, "--out", part).Errors);
        Assert.Contains("is inside the run", Led.Run("export", run, "--out", Path.Combine(run, "part.zarr")).Errors);
        File.WriteAllText(Directory.EnumerateFiles(Path.Combine(run, "output.zarr", "latents"), "0.*").First(), "");
        var damaged = Led.Run("export", run, "--out", place.Fresh(".zarr"));
        Assert.True(damaged.Code == 1 && damaged.Errors.Contains("members"), damaged.Errors);
    }

    [Fact]
    public void An_output_tells_where_it_comes_from_and_attributes_that_were_damaged_are_restored()
    {
        var (run, part) = (Forecast("told"), place.Fresh(".zarr"));
        Led.Json("export", run, "--out", part, "--members", "0");
        static JsonNode Attributes(string store) => JsonNode.Parse(File.ReadAllText(Path.Combine(store, ".zattrs")))!;
        var (output, attributes) = (Path.Combine(run, "output.zarr"), Attributes(Path.Combine(run, "output.zarr")));
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: forecast of 3 members of fhn to t = 60, T_warm = 20, T_m = 20, T_mu = 5, by LedCluster ",
            (string)attributes["history"]!);
        Assert.Equal(
            (Environment.MachineName, ProgramVersion.Text, ProgramVersion.Commit),
            ((string)attributes["host"]!, (string)attributes["program_version"]!, (string?)attributes["commit"]));
        Assert.StartsWith((string)attributes["date_created"]!, (string)attributes["history"]!);
        Assert.Contains(".NET", (string)attributes["platform"]!);
        var history = ((string)Attributes(part)["history"]!).Split('\n');
        Assert.Equal((string)attributes["history"]!, history[0]);
        Assert.Matches($@"Z on {Environment.MachineName} by LedCluster .*: 1 of 3 members and 61 of 61 frames of a run, by led export$", history[1]);

        Assert.True((bool)Led.Json("verify", run)["sound"]!);
        File.WriteAllText(Path.Combine(output, ".zattrs"), File.ReadAllText(Path.Combine(output, ".zattrs")).Replace(Environment.MachineName, "elsewhere"));
        Assert.Contains(".zattrs", Led.Run("verify", run).Output + Led.Run("verify", run).Errors);
        Led.Json("resume", run, "--repair");
        Assert.Equal(attributes.ToJsonString(), Attributes(output).ToJsonString());
    }

    [Fact]
    public void Runs_are_listed_compared_and_deleted()
    {
        var (one, same, other) = (Forecast("some"), Forecast("some", "5", "--cohort-size", "1"), Forecast("some", "10"));
        var alike = Channel(Led.Json("compare", one, same));
        Assert.Equal((0.0, 0.0, 0.0), ((double)alike["rmsOfMeans"]!, (double)alike["rmsOfMembers"]!, (double)alike["largestOfMembers"]!));
        var compared = Led.Json("compare", one, other);
        Assert.Equal("microTime is 5 in the first, 10 in the second", (string)compared["differences"]!.AsArray().Single()!);
        Assert.True(
            (double)Channel(compared)["largestOfMembers"]! > (double)Channel(compared)["rmsOfMembers"]!
                && (double)Channel(compared)["rmsOfMembers"]! > 0);

        Directory.CreateDirectory(Path.Combine(place["some"], "broken"));
        File.WriteAllText(Path.Combine(place["some"], "broken", "spec.json"), "{");
        Directory.CreateDirectory(Path.Combine(place["some"], "no run"));
        var listed = Led.Json("runs", "--in", place["some"])["runs"]!.AsArray().ToDictionary(r => Path.GetFileName((string)r!["run"]!), r => r!);
        Assert.Equal(4, listed.Count);
        Assert.Equal("unreadable", (string)listed["broken"]["state"]!);
        var row = listed[Path.GetFileName(one)];
        Assert.Equal(("finished", 3, 100.0), ((string)row["state"]!, (int)row["members"]!["done"]!, (double)row["percent"]!));
        Assert.InRange((long)row["bytes"]!, 3 * 61 * 202 * 4, 10_000_000);

        using (new FileStream(Path.Combine(same, "run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var held = Led.Run("runs", "rm", other, same);
            Assert.Equal(2, held.Code);
            Assert.Contains("is active", held.Errors);
            Assert.True(Directory.Exists(other));
        }
        File.CreateSymbolicLink(Path.Combine(place["some"], "link"), same);
        Assert.Contains("is a link to", Led.Run("runs", "rm", Path.Combine(place["some"], "link")).Errors);
        Assert.Equal(0, Led.Run("runs", "rm", other, same, other, $"{Path.Combine(place["some"], "broken")}/").Code);
        Assert.False(Directory.Exists(other) || Directory.Exists(same) || Directory.Exists(Path.Combine(place["some"], "broken")));
        Assert.Equal(2, Led.Run("runs", "rm", place["some"]).Code); // holds runs, is none

        static JsonNode Channel(JsonNode compared) => compared["channels"]!["u"]!;
    }
}
