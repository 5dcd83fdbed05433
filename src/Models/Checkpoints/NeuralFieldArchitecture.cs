using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Autoencoder whose decoder is a neural field (<see cref="NeuralField"/>): one small network from latents and coordinates to the values
/// there, the same for all points. Arrays <c>encoder.i.weight</c>, <c>encoder.i.bias</c>, <c>decoder.i.weight</c>, <c>decoder.i.bias</c> in PyTorch's
/// layout; of the decoder's inputs, the latents come first.
/// </summary>
public sealed record NeuralFieldArchitecture : ReductionArchitecture
{
    /// <summary>Points along the axes of the grid, slowest first.</summary>
    public required ImmutableArray<int> Grid { get; init; }

    /// <summary>Widths of the encoder's hidden layers.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <summary>Widths of the field's hidden layers.</summary>
    public required ImmutableArray<int> FieldLayers { get; init; }

    /// <summary>Points, drawn at random, at which a step of training compares the field; 0 for all.</summary>
    public int TrainingPoints { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"autoencoder {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers.Add(LatentSize))} with a neural field {string.Join("–", FieldLayers.IsDefault ? [] : FieldLayers)}";

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic) =>
        Grid.IsDefaultOrEmpty || Grid.Any(n => n < 1) || HiddenLayers.IsDefault || HiddenLayers.Any(w => w < 1) || FieldLayers.IsDefault || FieldLayers.Any(w => w < 1) || TrainingPoints < 0
            ? "its neural field needs grid, hiddenLayers and fieldLayers of positive numbers, and trainingPoints of 0 or more"
        : Grid.Aggregate(1L, (product, n) => product * n) != points
            ? $"its neural field is on {string.Join(" × ", Grid)} points, but a field has {points} per channel. Set grid to the lengths of the axes"
        : null;

    /// <summary>Widths of encoder and decoder.</summary>
    /// <param name="channels">Channels C of a field.</param>
    internal (int[] Encoder, int[] Decoder) Widths(int channels) => (
        [channels * Grid.Aggregate(1, (product, n) => product * n), .. HiddenLayers, LatentSize], [LatentSize + Grid.Length, .. FieldLayers, channels]);

    /// <summary>Coordinates of all points, from −1 to 1 along each axis, [points, axes].</summary>
    internal float[] Coordinates()
    {
        var (points, axes) = (Grid.Aggregate(1, (product, n) => product * n), Grid.Length);
        var coordinates = new float[points * axes];
        for (var j = 0; j < points; j++)
            for (var (axis, rest) = (axes - 1, j); axis >= 0; axis--)
            {
                (rest, var i) = Math.DivRem(rest, Grid[axis]);
                coordinates[j * axes + axis] = Grid[axis] == 1 ? 0 : 2f * i / (Grid[axis] - 1) - 1;
            }
        return coordinates;
    }

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: false) is { } misfit)
            throw weights.Unusable(misfit);
        var (encoder, decoder) = Widths(scaling.Minimum.Length);
        return new NeuralField(scaling, Coordinates(), Stack("encoder", encoder, Activation.None), Stack("decoder", decoder, Activation.HalfTanh));

        ImmutableArray<DenseLayer> Stack(string name, int[] widths, Activation last) =>
        [
            .. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                weights.Get($"{name}.{i}.weight", widths[i + 1], widths[i]), weights.Get($"{name}.{i}.bias", widths[i + 1]),
                i == widths.Length - 2 ? last : Activation.Celu)),
        ];
    }
}
