using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>What may and what may not happen to a run that is finished.</summary>
public sealed class FinishedRunTests(Workplace place) : IClassFixture<Workplace>
{
    private string Finished()
    {
        var run = place.Fresh();
        Led.Json(
            "forecast", "fhn", "--members", "5", "--t-final", "60", "--t-warm", "20", "--t-macro", "20", "--t-micro", "5", "--model", place.Model,
            "--run", run);
        return run;
    }

    [Fact]
    public void Resuming_it_changes_nothing_and_says_so()
    {
        var run = Finished();
        Led.Json("evaluate", run);
        var before = File.ReadAllText(Path.Combine(run, "metrics.json"));
        var again = Led.Run("resume", run);
        Assert.Equal(0, again.Code);
        Assert.Contains("there is nothing to resume", again.Errors);
        Assert.Equal(before, File.ReadAllText(Path.Combine(run, "metrics.json")));
    }

    [Fact]
    public void An_array_can_be_had_later()
    {
        var (run, array) = (Finished(), place.Fresh(".npy"));
        Led.Json("resume", run, "--out", array);
        Assert.True(File.Exists(array));
    }

    [Theory]
    [InlineData("u/0.0.0", "fields: what is kept of members 0-4", null)]
    [InlineData("latents/0.0.0", "latents: what is kept of members 0-4", null)]
    [InlineData("trust_excess/0.0", "trust: what is kept of members 0-4", null)]
    [InlineData("v/0.0.0", "fields: what is kept of member 2 ", 2 * 61 * 101 * 4 + 100)]
    [InlineData("u_ensemble_mean/0.0", "u_ensemble_mean: not what was written", 0)]
    [InlineData("time/0", "time/0: not what was written", 8)]
    [InlineData(".zmetadata", ".zmetadata: not what was written", null)]
    public void Damaged_output_is_refused_by_all_that_read_it_and_repaired_to_the_same_bytes(string file, string found, int? position)
    {
        var (run, sound) = (Finished(), Finished());
        var path = Path.Combine(run, "output.zarr", file);
        if (position is { } at)
        {
            using var bytes = File.Open(path, FileMode.Open);
            bytes.Position = at;
            bytes.WriteByte(0x5a);
        }
        else
        {
            File.Delete(path);
        }
        foreach (var command in (string[])["verify", "resume", "evaluate"])
        {
            var outcome = Led.Run(command, run);
            Assert.True(outcome.Code == 1, $"{command}: {outcome.Code} {outcome.Output} {outcome.Errors}");
            Assert.Contains(found, outcome.Output + outcome.Errors);
            Assert.Contains($"led resume {run} --repair", outcome.Output + outcome.Errors);
        }
        var repaired = Led.Run("resume", run, "--repair");
        Assert.True(repaired.Code == 0, repaired.Errors);
        Workplace.AssertSameOutput(sound, run);
        Assert.True((bool)Led.Json("verify", run)["sound"]!);
        Assert.True((bool)Led.Json("verify", run)["complete"]!);
        Assert.Equal("finished", (string)Led.Json("explain", run, "0")["state"]!);
        Assert.Equal(0, Led.Run("evaluate", run).Code);
    }

    [Fact]
    public void Damaged_output_is_not_blessed_by_finishing_it_again()
    {
        var run = Finished();
        File.Delete(Path.Combine(run, "output.zarr", "u", "0.0.0"));
        File.Delete(Path.Combine(run, "metrics.json"));
        var outcome = Led.Run("resume", run);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("is damaged", outcome.Errors);
    }

    [Fact]
    public void A_model_with_the_same_weights_but_another_scaling_is_another_model()
    {
        var (run, other) = (Finished(), place.Fresh());
        Directory.CreateDirectory(other);
        foreach (var file in Directory.GetFiles(place.Model))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(other, "model.json")))!;
        manifest["latentHigh"]![0] = (float)manifest["latentHigh"]![0]! * 1.02f;
        File.WriteAllText(Path.Combine(other, "model.json"), manifest.ToJsonString());
        var outcome = Led.Run(
            "forecast", "fhn", "--members", "5", "--t-final", "60", "--t-warm", "20", "--t-macro", "20", "--t-micro", "5", "--model", other,
            "--run", run);
        Assert.Equal(2, outcome.Code);
        Assert.Contains("belongs to another run", outcome.Errors);
    }

    [Fact]
    public void A_manifest_whose_ranges_do_not_fit_is_refused()
    {
        var other = place.Fresh();
        Directory.CreateDirectory(other);
        foreach (var file in Directory.GetFiles(place.Model))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(other, "model.json")))!;
        manifest["latentMinimum"] = new JsonArray();
        File.WriteAllText(Path.Combine(other, "model.json"), manifest.ToJsonString());
        var outcome = Led.Run("forecast", "fhn", "--members", "2", "--model", other, "--run", place.Fresh());
        Assert.Equal(2, outcome.Code);
        Assert.Contains("its latent range needs 2 pairs", outcome.Errors);
    }

    /// <summary>
    /// The committed model's latents, to the bit, with vectors of 512, 256 and 128 bits. When a change of the arithmetic
    /// alters them, raise the program's version with it: runs of another version are not resumed.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData("DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0")]
    [InlineData("DOTNET_EnableAVX2=0")]
    public void The_arithmetic_of_this_version_is_frozen_at_any_width_of_vectors(string environment)
    {
        var run = place.Fresh();
        var outcome = Led.Shell(
            $"{environment} $LED forecast fhn --members 3 --seed 7 --t-final 400 --t-warm 60 --t-macro 100 --t-micro 10 --lift gradient --run "
            + $"{run}");
        Assert.True(outcome.Code == 0, outcome.Errors);
        var latents = File.ReadAllBytes(Path.Combine(run, "output.zarr", "latents", "0.0.0"));
        Assert.Equal("108de8582982bd543efc2347c1cef4129e6099fdf683b0561b5770e188edc5aa", Convert.ToHexStringLower(SHA256.HashData(latents)));
    }
}
