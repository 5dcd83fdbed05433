using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using LedCluster.Domain.Wire;
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

    /// <summary>Writes weights and manifest; the manifest's hash is filled in.</summary>
    /// <param name="directory">Directory to write to; created when missing.</param>
    /// <param name="manifest">What to write beside the weights.</param>
    /// <param name="weights">Arrays by name, as the manifest's reduction and propagator want them.</param>
    /// <param name="half">Names of arrays to round to float16.</param>
    public static void Save(
        string directory, ModelManifest manifest, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights,
        IReadOnlySet<string>? half = null)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, WeightsName);
        Safetensors.Write(path, weights, half);
        var json = JsonSerializer.Serialize(manifest with { WeightsSha256 = Hash(File.ReadAllBytes(path)) }, StrictJson.Options);
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
        if (File.Exists(directory))
            throw new FileNotFoundException(
                $"'{directory}' is a file; a model is a directory with {ManifestName} and {WeightsName}. Give the directory.", directory);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"There is no trained model in '{directory}': {ManifestName} is missing. Train one with: led train <study> --out {directory}",
                path);
        return ReadManifest(Content(path), path);
    }

    /// <summary>Reads a manifest from UTF-8.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    internal static ModelManifest ReadManifest(ReadOnlyMemory<byte> utf8, string path)
    {
        try
        {
            var manifest = JsonText.Read<ModelManifest>(utf8, StrictJson.Options, nullItems: true);
            return manifest.RandomMembers is not { } used || used.All(u => u is { Members: >= 0 } && Enum.IsDefined(u.Use)) ? manifest
                : throw new JsonException("randomMembers has an entry that is null, or has an impossible use or number.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Cannot read the model manifest '{path}': {error.Message} Fetch or train the model again.", error);
        }
    }

    /// <summary>The bytes of a regular file: a pipe or a device, whose opening could wait for ever, has no length.</summary>
    internal static byte[] Content(string path)
    {
        var file = new FileInfo(path);
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true);
        return target is FileInfo { Exists: true, Length: > 0 } ? File.ReadAllBytes(path) : throw new InvalidDataException(
            $"'{path}' is empty, or is a pipe or a device; a regular file is expected. Fetch or train the model again.");
    }

    /// <summary>Numbers that the weights file holds.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read.</exception>
    public static int CountWeights(string directory) => Safetensors.Read(Path.Combine(directory, WeightsName)).Values.Sum(tensor => tensor.Values.Length);

    /// <summary>Loads a model for forecasting in managed code.</summary>
    /// <param name="directory">Directory of the model.</param>
    /// <param name="other">Another propagator that the same weights can make; null for the manifest's own.</param>
    /// <exception cref="FileNotFoundException">There is no model in the directory.</exception>
    /// <exception cref="InvalidDataException">Weights are unreadable, truncated, of another shape, or not those of the manifest.</exception>
    public static (EffectiveModel Model, ModelManifest Manifest) Load(string directory, Func<PropagatorArchitecture, PropagatorArchitecture>? other = null)
    {
        var manifest = Manifest(directory);
        manifest = manifest with { Propagator = other?.Invoke(manifest.Propagator) ?? manifest.Propagator };
        return (Build(manifest, Weights(directory, manifest), Path.Combine(directory, WeightsName)), manifest);
    }

    /// <summary>Loads the arrays of a model's reduction alone, so that another model may have the same.</summary>
    /// <exception cref="FileNotFoundException">There is no model in the directory.</exception>
    /// <exception cref="InvalidDataException">Weights are unreadable, truncated, of another shape, or not those of the manifest.</exception>
    public static (IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays, ModelManifest Manifest) LoadReduction(string directory)
    {
        var manifest = Manifest(directory);
        var arrays = new WeightArrays(Weights(directory, manifest), Path.Combine(directory, WeightsName));
        Check(manifest, arrays);
        manifest.Reduction.Build(new FieldScaling(manifest.ChannelMinimum, manifest.ChannelMaximum), manifest.Points, arrays);
        return (arrays.Taken, manifest);
    }

    private static Dictionary<string, (long[] Shape, float[] Values)> Weights(string directory, ModelManifest manifest)
    {
        var path = Path.Combine(directory, WeightsName);
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"The weights of the model in '{directory}' are missing: expected {WeightsName} beside {ManifestName}. "
                + "Fetch or train the model again.",
                path);
        var bytes = Content(path);
        var weights = Safetensors.Read(bytes, path);
        if (Hash(bytes) is var hash && hash != manifest.WeightsSha256)
            throw new InvalidDataException(
                $"The weights '{path}' are not those of {ManifestName}: SHA-256 is {hash}, expected {manifest.WeightsSha256}. "
                + "Fetch or train the model again.");
        return weights;
    }

    /// <summary>Builds a model from arrays in memory.</summary>
    /// <param name="manifest">Architecture and scaling.</param>
    /// <param name="weights">Arrays by name, as <see cref="Save"/> takes them.</param>
    /// <param name="source">Where the arrays come from, for error messages.</param>
    /// <exception cref="InvalidDataException">The manifest contradicts itself, or an array is missing or has another shape.</exception>
    public static EffectiveModel Build(
        ModelManifest manifest, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> weights, string source)
    {
        var arrays = new WeightArrays(weights, source);
        Check(manifest, arrays);
        return new EffectiveModel(
            manifest.Reduction.Build(new FieldScaling(manifest.ChannelMinimum, manifest.ChannelMaximum), manifest.Points, arrays),
            manifest.Propagator.Build(new LatentScaling(manifest.LatentLow, manifest.LatentHigh), arrays),
            manifest.LatentMinimum, manifest.LatentMaximum);
    }

    /// <summary>What the manifest says must fit together before weights are read by it.</summary>
    private static void Check(ModelManifest manifest, WeightArrays arrays)
    {
        if (manifest is not { Points: > 0, Reduction.LatentSize: > 0, Propagator: not null, ChannelMinimum.IsDefaultOrEmpty: false })
            throw arrays.Unusable("it lacks points, channels, a reduction with latents or a propagator");
        Range("channel", [.. manifest.ChannelMinimum], manifest.ChannelMaximum.IsDefault ? [] : [.. manifest.ChannelMaximum], manifest.ChannelMinimum.Length);
        Range("latent scaling", Doubles(manifest.LatentLow), Doubles(manifest.LatentHigh), manifest.Reduction.LatentSize);
        Range("latent range", Doubles(manifest.LatentMinimum), Doubles(manifest.LatentMaximum), manifest.Reduction.LatentSize);

        void Range(string name, double[] low, double[] high, int count)
        {
            if (low.Length != count
                || high.Length != count
                || low.Zip(high).Any(r => !(double.IsFinite(r.First) && double.IsFinite(r.Second) && r.First < r.Second)))
                throw arrays.Unusable(
                    $"its {name} needs {count} pairs of finite numbers, the smaller first; "
                    + $"it has [{string.Join(", ", low)}] and [{string.Join(", ", high)}]");
        }

        static double[] Doubles(ImmutableArray<float> values) => values.IsDefault ? [] : [.. values.Select(v => (double)v)];
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
