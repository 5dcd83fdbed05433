using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Autoencoder with one small network for all points on either side (<see cref="PointwiseAutoencoder"/>). Arrays
/// <c>encoder.point.i.*</c>, <c>encoder.i.*</c>, <c>decoder.i.*</c>, <c>decoder.point.i.*</c> with <c>weight</c> and <c>bias</c> in PyTorch's layout;
/// what a point has stands together.
/// </summary>
public sealed record PointwiseArchitecture : ReductionArchitecture
{
    /// <summary>Widths of the hidden layers of the network of a point; the decoder's are the same in reverse.</summary>
    public required ImmutableArray<int> PointLayers { get; init; }

    /// <summary>Numbers by which the dense layers know a point: 1 when all points are on one curve.</summary>
    public int Features { get; init; } = 1;

    /// <summary>Widths of the dense layers from all points to the latent; the decoder's are the same in reverse.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <summary>Points along a plane's two axes; needed when the encoder does not read all points.</summary>
    public ImmutableArray<int> Grid { get; init; } = [];

    /// <summary>The encoder reads every n-th point of the plane along either axis, from the first: 1 for all. The decoder makes all.</summary>
    public int InputStride { get; init; } = 1;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"pointwise autoencoder{(InputStride > 1 ? $" on {PlaneSampling.Text(PlaneSampling.Grid(Grid, InputStride))} points" : "")}, "
        + $"{Features} per point, {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers.Add(LatentSize))}";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        PointLayers.IsDefault || PointLayers.Any(w => w < 1) || HiddenLayers.IsDefault || HiddenLayers.Any(w => w < 1) || Features < 1
            ? "its pointwise autoencoder needs pointLayers, hiddenLayers and features of positive numbers"
            : InputStride != 1 && (InputStride < 1 || Grid is not [> 0 and var rows, > 0 and var columns] || (long)rows * columns != points)
                ? $"its pointwise autoencoder has inputStride {InputStride}. That must be positive, and needs grid: "
                    + $"the points along the plane's two axes, {points} in all" : null;

    /// <summary>Places of the points that the encoder reads.</summary>
    /// <param name="points">Points X per channel.</param>
    internal int[] InputPlaces(int points) => InputStride == 1 ? [.. Enumerable.Range(0, points)] : PlaneSampling.Places(Grid, InputStride);

    /// <summary>Names and widths of its stacks of layers, in the order in which they are applied: encoder's point, encoder, decoder, decoder's point.</summary>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="points">Points X per channel.</param>
    internal (string Name, int[] Widths)[] Stacks(int channels, int points)
    {
        int[] point = [channels, .. PointLayers, Features], dense = [.. HiddenLayers, LatentSize];
        return
        [
            ("encoder.point", point), ("encoder", [Features * InputPlaces(points).Length, .. dense]),
            ("decoder", [.. dense.Reverse(), Features * points]), ("decoder.point", [.. point.Reverse()]),
        ];
    }

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: false) is { } misfit)
            throw weights.Unusable(misfit);
        var stacks = Stacks(scaling.Minimum.Length, points).Select((stack, s) => Enumerable.Range(0, stack.Widths.Length - 1).Select(i => new DenseLayer(
            weights.Get($"{stack.Name}.{i}.weight", stack.Widths[i + 1], stack.Widths[i]), weights.Get($"{stack.Name}.{i}.bias", stack.Widths[i + 1]),
            i < stack.Widths.Length - 2 ? Activation.Celu : s == 3 ? Activation.HalfTanh : Activation.None)).ToImmutableArray()).ToArray();
        return new PointwiseAutoencoder(scaling, points, InputPlaces(points), stacks[0], stacks[1], stacks[2], stacks[3]);
    }
}
