using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>A trained model on disk: a directory with <c>model.json</c> and <c>weights.safetensors</c>.</summary>
public static class ModelFile
{
    /// <summary>Name of the manifest within the directory.</summary>
    public const string ManifestName = "model.json";

    /// <summary>Name of the weights within the directory.</summary>
    public const string WeightsName = "weights.safetensors";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes weights and manifest; the manifest's hash is filled in.</summary>
    /// <param name="directory">Directory to write to; created when missing.</param>
    /// <param name="manifest">What to write beside the weights.</param>
    /// <param name="weights">Arrays by name, in PyTorch's layout: <c>encoder.0.weight</c>, …, <c>lstm.weight_ih</c>, <c>readout.bias</c>.</param>
    public static void Save(string directory, ModelManifest manifest, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, WeightsName);
        Safetensors.Write(path, weights);
        var json = JsonSerializer.Serialize(manifest with { WeightsSha256 = Hash(path) }, Json);
        var temporary = Path.Combine(directory, ManifestName + ".tmp");
        File.WriteAllText(temporary, json + "\n");
        File.Move(temporary, Path.Combine(directory, ManifestName), overwrite: true);
    }

    /// <summary>Reads the manifest alone.</summary>
    /// <exception cref="FileNotFoundException">There is no model in the directory.</exception>
    /// <exception cref="InvalidDataException">The manifest cannot be read.</exception>
    public static ModelManifest Manifest(string directory)
    {
        var path = Path.Combine(directory, ManifestName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no trained model in '{directory}': {ManifestName} is missing. Train one with: led train <study> --out {directory}", path);
        try
        {
            return JsonSerializer.Deserialize<ModelManifest>(File.ReadAllText(path), Json)
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Cannot read the model manifest '{path}': {error.Message} Fetch or train the model again.", error);
        }
    }

    /// <summary>Loads a model for forecasting in managed code.</summary>
    /// <exception cref="FileNotFoundException">There is no model in the directory.</exception>
    /// <exception cref="InvalidDataException">Weights are unreadable, truncated, of another shape, or not those of the manifest.</exception>
    public static (EffectiveModel Model, ModelManifest Manifest) Load(string directory)
    {
        var manifest = Manifest(directory);
        var path = Path.Combine(directory, WeightsName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The weights of the model in '{directory}' are missing: expected {WeightsName} beside {ManifestName}. Fetch or train the model again.", path);
        var weights = Safetensors.Read(path);
        if (Hash(path) is var hash && hash != manifest.WeightsSha256)
            throw new InvalidDataException($"The weights '{path}' are not those of {ManifestName}: SHA-256 is {hash}, expected {manifest.WeightsSha256}. Fetch or train the model again.");
        return (Build(manifest, weights, path), manifest);
    }

    /// <summary>Builds a model from arrays in memory.</summary>
    /// <param name="manifest">Architecture and scaling.</param>
    /// <param name="weights">Arrays by name, as <see cref="Save"/> takes them.</param>
    /// <param name="source">Where the arrays come from, for error messages.</param>
    /// <exception cref="InvalidDataException">An array is missing or has another shape.</exception>
    public static EffectiveModel Build(
        ModelManifest manifest, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights, string source)
    {
        var shape = manifest.Architecture;
        Check(manifest, source);
        var autoencoder = new FeedForwardAutoencoder(
            new FieldScaling(manifest.ChannelMinimum, manifest.ChannelMaximum),
            Stack("encoder", shape.EncoderWidths, Activation.Celu),
            Stack("decoder", shape.DecoderWidths, Activation.HalfTanh));
        int h = shape.LstmSize, d = shape.LatentSize;
        var lstm = new LstmPropagator(
            Array("lstm.weight_ih", 4 * h, d), Array("lstm.weight_hh", 4 * h, h), Array("lstm.bias_ih", 4 * h), Array("lstm.bias_hh", 4 * h),
            Array("readout.weight", d, h), Array("readout.bias", d), manifest.LatentLow, manifest.LatentHigh);
        return new EffectiveModel(autoencoder, lstm, manifest.LatentMinimum, manifest.LatentMaximum);

        ImmutableArray<DenseLayer> Stack(string name, ImmutableArray<int> widths, Activation last) =>
        [
            .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                Array($"{name}.{i}.weight", widths[i + 1], widths[i]), Array($"{name}.{i}.bias", widths[i + 1]),
                i == widths.Length - 2 ? last : Activation.Celu, residual: widths[i] == widths[i + 1])),
        ];

        float[] Array(string name, params long[] expected)
        {
            if (!weights.TryGetValue(name, out var tensor))
                throw new InvalidDataException($"The weights '{source}' lack '{name}'; they hold {string.Join(", ", weights.Keys.Order())}.");
            if (!tensor.Shape.AsSpan().SequenceEqual(expected))
                throw new InvalidDataException($"'{name}' in '{source}' has shape [{string.Join(", ", tensor.Shape)}], expected [{string.Join(", ", expected)}].");
            return tensor.Values;
        }
    }

    /// <summary>What the manifest says must fit together before weights are read by it.</summary>
    private static void Check(ModelManifest manifest, string source)
    {
        if (manifest is not { Architecture: { LatentSize: > 0, LstmSize: > 0, Inputs: > 0 } shape } || shape.HiddenLayers.IsDefault)
            throw Broken("it has no architecture");
        if (manifest.ChannelMinimum.IsDefaultOrEmpty || shape.Inputs % manifest.ChannelMinimum.Length != 0)
            throw Broken($"its {shape.Inputs} inputs do not divide into {(manifest.ChannelMinimum.IsDefault ? 0 : manifest.ChannelMinimum.Length)} channels");
        Range("channel", [.. manifest.ChannelMinimum], manifest.ChannelMaximum.IsDefault ? [] : [.. manifest.ChannelMaximum], manifest.ChannelMinimum.Length);
        Range("latent scaling", Doubles(manifest.LatentLow), Doubles(manifest.LatentHigh), shape.LatentSize);
        Range("latent range", Doubles(manifest.LatentMinimum), Doubles(manifest.LatentMaximum), shape.LatentSize);

        void Range(string name, double[] low, double[] high, int count)
        {
            if (low.Length != count || high.Length != count || low.Zip(high).Any(r => !(double.IsFinite(r.First) && double.IsFinite(r.Second) && r.First < r.Second)))
                throw Broken($"its {name} needs {count} pairs of finite numbers, the smaller first; it has [{string.Join(", ", low)}] and [{string.Join(", ", high)}]");
        }

        static double[] Doubles(ImmutableArray<float> values) => values.IsDefault ? [] : [.. values.Select(v => (double)v)];

        InvalidDataException Broken(string why) => new($"The model manifest beside '{source}' cannot be used: {why}. Fetch or train the model again.");
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
