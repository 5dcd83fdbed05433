using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Reductions.Mixtures;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Permutation-invariant encoder and mixture-density decoder (<see cref="ExchangeableReduction"/>), tanh between layers, the latent linear. Arrays
/// <c>encoder.point.i.*</c>, <c>encoder.i.*</c>, <c>decoder.i.*</c> and the heads <c>mixture.weight.*</c>, <c>mixture.mean.*</c>, <c>mixture.diagonal.*</c>,
/// <c>mixture.lower.*</c>, with <c>weight</c> and <c>bias</c> in PyTorch's layout.
/// </summary>
public sealed record ExchangeableArchitecture : ReductionArchitecture
{
    private const int MostKernels = 256, MostWidth = 4096;

    /// <summary>Widths of the layers φ of a point, tanh after each.</summary>
    public required ImmutableArray<int> PointLayers { get; init; }

    /// <summary>Features of a point, a linear map of the last of those layers, whose mean is what the encoder gets.</summary>
    public int Features { get; init; } = 200;

    /// <summary>Widths of the hidden layers from the mean feature to the latent.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <summary>Widths of the hidden layers from the latent to the mixture.</summary>
    public required ImmutableArray<int> DecoderLayers { get; init; }

    /// <summary>Gaussians of the mixture.</summary>
    public int Kernels { get; init; } = 5;

    /// <summary>The variable that the mixture describes.</summary>
    public BoundedVariable Variable { get; init; }

    /// <summary>Least deviation of a Gaussian along each axis, in that variable.</summary>
    public double LeastDeviation { get; init; } = 1e-3;

    /// <summary>Points of a frame that the likelihood counts in each step of a training, all if there are fewer.</summary>
    public int LikelihoodPoints { get; init; } = 250;

    /// <summary>Points of a frame that the encoder sees in each step of a training, which pays for each of them; 0: all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int EncoderPoints { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"permutation-invariant encoder {string.Join("–", PointLayers.IsDefault ? [] : PointLayers.Add(Features))} | "
        + $"{string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers.Add(LatentSize))}, mixture of {Kernels}";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        Widths(PointLayers) || Widths(HiddenLayers) || Widths(DecoderLayers) || Features is < 1 or > MostWidth
            ? "its pointLayers, hiddenLayers, decoderLayers and features must have widths from 1 to 4096, one layer at least"
        : Kernels is < 1 or > MostKernels ? $"its mixture has {Kernels} kernels; give from 1 to {MostKernels}"
        : EncoderPoints < 0 ? $"its encoderPoints are {EncoderPoints}; give the number of points that the encoder sees in a step of the training, or 0 for all"
        : !(LeastDeviation > 0) || LikelihoodPoints < 1 || !Enum.IsDefined(Variable)
            ? $"its leastDeviation is {LeastDeviation} and its likelihoodPoints {LikelihoodPoints}; both must be above 0"
        : null;

    private static bool Widths(ImmutableArray<int> layers) => layers.IsDefaultOrEmpty || layers.Any(width => width is < 1 or > MostWidth);

    /// <summary>Names and sizes of its layers, stack by stack: those of a point, encoder, decoder, heads of the mixture.</summary>
    /// <param name="channels">Channels C of a field.</param>
    internal (string Name, int Inputs, int Outputs)[][] Stacks(int channels)
    {
        int[] point = [channels, .. PointLayers], dense = [PointLayers[^1], Features, .. HiddenLayers, LatentSize], back = [LatentSize, .. DecoderLayers];
        var (last, k) = (DecoderLayers[^1], Kernels);
        return
        [
            Stack("encoder.point", point), Stack("encoder", dense), Stack("decoder", back),
            [
                ("mixture.weight", last, k), ("mixture.mean", last, k * channels), ("mixture.diagonal", last, k * channels),
                .. channels > 1 ? [("mixture.lower", last, k * channels * (channels - 1) / 2)] : ((string, int, int)[])[],
            ],
        ];

        static (string, int, int)[] Stack(string name, int[] widths) =>
            [.. Enumerable.Range(0, widths.Length - 1).Select(i => ($"{name}.{i}", widths[i], widths[i + 1]))];
    }

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: true) is { } misfit)
            throw weights.Unusable(misfit);
        var stacks = Stacks(scaling.Minimum.Length);
        var heads = stacks[3];
        var outputs = heads.Sum(head => head.Outputs);
        var weight = heads.SelectMany(head => weights.Get($"{head.Name}.weight", head.Outputs, head.Inputs)).ToArray();
        var bias = heads.SelectMany(head => weights.Get($"{head.Name}.bias", head.Outputs)).ToArray();
        return new ExchangeableReduction(
            scaling, points, Layers(stacks[0], i => Activation.Tanh),
            Layers(stacks[1], i => i == 0 || i == stacks[1].Length - 1 ? Activation.None : Activation.Tanh),
            [.. Layers(stacks[2], i => Activation.Tanh), new DenseLayer(weight, bias, Activation.None)], Kernels, Variable, LeastDeviation);

        ImmutableArray<DenseLayer> Layers((string Name, int Inputs, int Outputs)[] stack, Func<int, Activation> activation) =>
            [.. stack.Select(
                (layer, i) => new DenseLayer(
                    weights.Get($"{layer.Name}.weight", layer.Outputs, layer.Inputs), weights.Get($"{layer.Name}.bias", layer.Outputs),
                    activation(i)))];
    }
}
