using System.Text.Json.Nodes;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Tests;

/// <summary>Manifests: which are refused, and what makes two models the same.</summary>
public sealed class ModelFileTests : IDisposable
{
    private static readonly ModelManifest Small = new()
    {
        Study = "toy",
        Points = 2,
        Reduction = new FeedForwardArchitecture { LatentSize = 1, HiddenLayers = [] },
        Propagator = new LstmArchitecture { Hidden = 1 },
        ChannelMinimum = [0],
        ChannelMaximum = [1],
        LatentLow = [0],
        LatentHigh = [1],
        LatentMinimum = [0],
        LatentMaximum = [1],
        WeightsSha256 = "",
        Training = new JsonObject { ["seed"] = 3 },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-model-").FullName;

    private string ManifestPath => Path.Combine(directory, ModelFile.ManifestName);

    public ModelFileTests() => ModelFile.Save(directory, Small, new Dictionary<string, (long[], float[])>
    {
        ["encoder.0.weight"] = ([1, 2], [1, 2]),
        ["encoder.0.bias"] = ([1], [0]),
        ["decoder.0.weight"] = ([2, 1], [1, 2]),
        ["decoder.0.bias"] = ([2], [0, 0]),
        ["lstm.weight_ih"] = ([4, 1], [1, 1, 1, 1]),
        ["lstm.weight_hh"] = ([4, 1], [1, 1, 1, 1]),
        ["lstm.bias_ih"] = ([4], new float[4]),
        ["lstm.bias_hh"] = ([4], new float[4]),
        ["readout.weight"] = ([1, 1], [1]),
        ["readout.bias"] = ([1], [0]),
    });

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void What_was_saved_is_loaded_again()
    {
        var (model, manifest) = ModelFile.Load(directory);
        Assert.Equal((1, 1), (model.Reduction.LatentSize, model.Propagator.LatentSize));
        Assert.Equal(Small.Reduction.Summary, manifest.Reduction.Summary);
        Assert.Equal(Small.Propagator, manifest.Propagator);
        // nothing that follows from the rest
        Assert.Equal(
            ["kind", "hiddenLayers", "latentSize"], JsonNode.Parse(File.ReadAllText(ManifestPath))!["reduction"]!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void Identity_is_what_a_manifest_says_and_not_how_it_is_written()
    {
        var before = ModelFile.Manifest(directory).Identity;
        var text = JsonNode.Parse(File.ReadAllText(ManifestPath))!.AsObject();
        text["training"] = new JsonObject { ["note"] = "another" };
        text["randomMembers"] = JsonNode.Parse("""[{ "seed": 1, "members": 96, "use": "training" }]""");
        File.WriteAllText(ManifestPath, new JsonObject(text.Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))).ToJsonString());
        Assert.Equal(before, ModelFile.Manifest(directory).Identity);
        Assert.Equal(new UsedMembers(1, 96, DataUse.Training), Assert.Single(ModelFile.Manifest(directory).RandomMembers!.Value));
        text["reduction"]!["hiddenLayers"] = new JsonArray(7);
        File.WriteAllText(ManifestPath, text.ToJsonString());
        Assert.NotEqual(before, ModelFile.Manifest(directory).Identity);
    }

    [Theory]
    [InlineData("\"study\"", "\"study\": \"toy\",\n  \"study\"", "Duplicate property 'study'")]
    [InlineData("\"hidden\": 1", "\"hidden\": 1, \"hidden\": 1", "Duplicate property 'hidden'")]
    [InlineData("\"seed\": 3", "\"seed\": 3, \"seed\": 4", "Duplicate property 'seed'")]
    [InlineData("\"points\"", "\"punkte\": 1, \"points\"", "'punkte' is not known. Known there, the nearest first: ")]
    [InlineData("\"points\": 2", "\"points\": \"2\"", "'points' must be a whole number")]
    [InlineData("\"points\": 2", "\"points\": 2e999", "beyond the range of float64")]
    [InlineData("\"study\": \"toy\"", "\"study\": null", "study")]
    public void A_manifest_that_is_not_wholly_understood_is_refused(string old, string changed, string expected)
    {
        var text = File.ReadAllText(ManifestPath);
        Assert.Contains(old, text);
        File.WriteAllText(ManifestPath, text.Replace(old, changed));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ModelFile.Manifest(directory)).Message);
    }

    /// <summary>The test ends, which it would not if a pipe without a writer were opened.</summary>
    [Fact]
    public void A_pipe_or_a_file_in_the_place_of_a_model_is_refused_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        Assert.Contains("is a file; a model is a directory", Assert.Throws<FileNotFoundException>(() => ModelFile.Load(ManifestPath)).Message);
        foreach (var name in (string[])[ModelFile.WeightsName, ModelFile.ManifestName])
        {
            File.Delete(Path.Combine(directory, name));
            using (var make = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(directory, name)]))
                make.WaitForExit();
            Assert.Contains("is a pipe or a device", Assert.Throws<InvalidDataException>(() => ModelFile.Load(directory)).Message);
        }
    }

    [Theory]
    [InlineData("propagator", "{ \"kind\": \"lstn\", \"hidden\": 1 }", "The kind of 'propagator' is 'lstn'. Known are, the nearest first: lstm")]
    [InlineData("reduction", "{ \"latentSize\": 1 }", "The kind of 'reduction' is missing. Known are feed-forward")]
    [InlineData("reduction", "{ \"kind\": \"feed-forward\", \"latentSize\": 1 }", "hiddenLayers")]
    [InlineData("propagator", "{ \"kind\": \"lstm\", \"hidden\": 0 }", "0 hidden units")]
    [InlineData("points", "0", "lacks points")]
    [InlineData("points", "3", "has shape [1, 2], expected [1, 3]")]
    public void A_part_that_cannot_be_built_is_refused_with_what_would_do(string part, string json, string expected)
    {
        var text = JsonNode.Parse(File.ReadAllText(ManifestPath))!.AsObject();
        text[part] = JsonNode.Parse(json);
        File.WriteAllText(ManifestPath, text.ToJsonString());
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ModelFile.Load(directory)).Message);
    }
}
