using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Training;
using LedCluster.Tests;

namespace LedCluster.Models.Tests;

/// <summary>Readers of models: damaged input is refused by the documented error, or read as what it says.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("led-fuzz-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("F32", sizeof(float))]
    [InlineData("F16", sizeof(ushort))]
    public void Weights(string type, int bytesEach)
    {
        var path = Path.Combine(directory, "w.safetensors");
        Safetensors.Write(
            path, new Dictionary<string, (long[], float[])> { ["b"] = ([2, 2], [1, 2, 3, 4]), ["a"] = ([1], [0.5f]), ["none"] = ([0, 3], []) },
            type == "F16" ? new HashSet<string> { "a", "b" } : null);
        var whole = File.ReadAllBytes(path);
        new Fuzz(whole)
        {
            Words = [$"\"dtype\":\"{type}\",", "\"F64\"", "\"shape\":[1],", "\"data_offsets\":[0,4],", "\"__metadata__\":{},", "[2,2]", "[0,20]"],
            Repair = WithLength,
        }
            .Try<InvalidDataException>(bytes =>
            {
                var arrays = Safetensors.Read(bytes, "w");
                // every byte belongs to one array
                Assert.Equal(
                    bytes.Length - 8 - (int)BinaryPrimitives.ReadInt64LittleEndian(bytes), bytesEach * arrays.Values.Sum(a => a.Values.Length));
                Assert.All(arrays.Values, a => Assert.Equal(a.Values.Length, a.Shape.Aggregate(1L, (x, y) => x * y)));
            });

        byte[] WithLength(byte[] bytes)
        {
            var end = Array.LastIndexOf(bytes, (byte)'}', Math.Max(0, bytes.Length - 1));
            if (end >= 8)
                BinaryPrimitives.WriteInt64LittleEndian(bytes, end + 1 - 8 + (bytes.Length - end - 1 - 20 is > 0 and < 8 and var padding ? padding : 0));
            return bytes;
        }
    }

    [Fact]
    public void Manifests()
    {
        string[] each = ["gru", "mlp", "reservoir", "sindy", "pca", "convolutional", "variational", "full-state"];
        string[] kinds = [.. each.Concat(each).Select(kind => $"\"kind\":\"{kind}\",")];
        var small = new ModelManifest
        {
            Study = "toy", Points = 2, ChannelMinimum = [0], ChannelMaximum = [1], LatentLow = [0], LatentHigh = [1], LatentMinimum = [0], LatentMaximum = [1],
            Reduction = new FeedForwardArchitecture { LatentSize = 1, HiddenLayers = [] }, Propagator = new LstmArchitecture { Hidden = 1 },
            WeightsSha256 = "", Training = new JsonObject { ["seed"] = 3, ["cpuSeconds"] = 2.5 }, RandomMembers = [new(3, 8, DataUse.Training)],
        };
        var weights = new Dictionary<string, (long[], float[])>
        {
            ["encoder.0.weight"] = ([1, 2], [1, 2]), ["encoder.0.bias"] = ([1], [0]), ["decoder.0.weight"] = ([2, 1], [1, 2]),
            ["decoder.0.bias"] = ([2], [0, 0]),
            ["lstm.weight_ih"] = ([4, 1], [1, 1, 1, 1]), ["lstm.weight_hh"] = ([4, 1], [1, 1, 1, 1]), ["lstm.bias_ih"] = ([4], new float[4]),
            ["lstm.bias_hh"] = ([4], new float[4]),
            ["readout.weight"] = ([1, 1], [1]), ["readout.bias"] = ([1], [0]),
        };
        ModelFile.Save(directory, small, weights);
        var text = File.ReadAllText(Path.Combine(directory, ModelFile.ManifestName));
        new Fuzz(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(
            JsonNode.Parse(text)!.ToJsonString())) { Words = [.. kinds, "\"hidden\":1,", "\"increment\":true,", "[1]", "[0,1]"] }
            .Try<InvalidDataException>(bytes =>
            {
                var manifest = ModelFile.ReadManifest(bytes, "m");
                Assert.NotEmpty(manifest.Identity);
                Assert.True(UsedMembers.Union(manifest.RandomMembers ?? [], []).All(used => used.Members >= 0));
                Assert.True(double.IsNaN(manifest.TrainingSeconds) || manifest.TrainingSeconds is < 0 or >= 0);
                Assert.True(ModelFile.Build(manifest, weights, "w").Reduction.LatentSize > 0);
            });
    }

    [Fact]
    public void Training_checkpoints()
    {
        var path = Path.Combine(directory, "c");
        new TrainingCheckpoint("study toy", 1, 7, 2.5, new Dictionary<string, double> { ["loss"] = 0.5, ["error"] = 2 }, [[1, 2, 3], []], [4, 5]).Save(path);
        new Fuzz(File.ReadAllBytes(path))
        {
            Repair = bytes => bytes.Length < 32 ? bytes : [.. bytes[..^32], .. SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32))],
        }.Try<InvalidDataException>(bytes =>
        {
            File.WriteAllBytes(path, bytes);
            var read = TrainingCheckpoint.Load(path, "study toy");
            Assert.Equal("study toy", read.Identity);
        });
    }
}
