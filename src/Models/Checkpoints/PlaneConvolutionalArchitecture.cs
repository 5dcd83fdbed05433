using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Convolutional autoencoder on a plane (<see cref="PlaneAutoencoder"/>), which may read fewer points than it decodes. Arrays
/// <c>encoder.i.weight</c> [out, 9 · in], <c>toLatent.i.weight</c>, <c>fromLatent.i.weight</c>, <c>decoder.i.weight</c> [out, k² · in], the same with
/// <c>bias</c>, and <c>offset</c> [C · X] if there is one; of a kernel, the taps stand by rows, and the channels of each together.
/// </summary>
public sealed record PlaneConvolutionalArchitecture : ReductionArchitecture
{
    /// <summary>Name of the array of <see cref="Offset"/>.</summary>
    internal const string OffsetName = "offset";

    /// <summary>Points along the plane's two axes.</summary>
    public required ImmutableArray<int> Grid { get; init; }

    /// <summary>The encoder reads every n-th point along either axis, from the first: 1 for all.</summary>
    public int InputStride { get; init; } = 1;

    /// <summary>
    /// Channels of the encoder's 3 × 3 convolutions, each of which is followed by the maximum of 2 × 2 points; a last odd row or column
    /// falls away.
    /// </summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>Widths of the dense layers before the latent.</summary>
    public ImmutableArray<int> EncoderLayers { get; init; } = [];

    /// <summary>Widths of the dense layers after the latent; the last is the decoder's coarsest grid times its channels.</summary>
    public required ImmutableArray<int> DecoderLayers { get; init; }

    /// <summary>Points along the axes of the decoder's coarsest grid.</summary>
    public required ImmutableArray<int> CoarseGrid { get; init; }

    /// <summary>The decoder's transposed convolutions; they must end on the grid and with the channels of a field.</summary>
    public required ImmutableArray<TransposedConvolution> Decoder { get; init; }

    /// <summary>Whether what the decoder's last layer gives is added to a field that is learned, and does not depend on the latents.</summary>
    public bool Offset { get; init; }

    /// <summary>
    /// Whether values that are 0 in every frame of training, such as velocities in a solid, are 0 in what is decoded; the encoder then
    /// reads one channel more, 1 where no channel has such a value and 0 elsewhere. Needs <see cref="Offset"/>, by which the decoder's
    /// output is what these values are in scaled units.
    /// </summary>
    public bool Mask { get; init; }

    /// <summary>Those values, which training finds: first place in [C · X] and number of each run of them.</summary>
    public ImmutableArray<int> Zeros { get; init; } = [];

    /// <summary>Part of the outputs that training sets to 0 behind dense layers, those beside a convolution excepted.</summary>
    public double Dropout { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"convolutional autoencoder on {PlaneSampling.Text(InputGrid)} points to "
        + $"{LatentSize}{(InputStride > 1 ? $", decoded on {PlaneSampling.Text(Grid)}" : "")}";

    /// <summary>Points along the axes of what the encoder reads.</summary>
    [JsonIgnore]
    internal ImmutableArray<int> InputGrid => PlaneSampling.Grid(Grid, InputStride);

    /// <inheritdoc />
    public override string? Misfit(int points, bool periodic)
    {
        if (Grid is not [> 0 and var rows, > 0 and var columns] || InputStride < 1 || CoarseGrid is not [> 0, > 0]
            || Channels.IsDefault || Channels.Any(c => c < 1)
            || EncoderLayers.IsDefault || EncoderLayers.Any(w => w < 1) || DecoderLayers.IsDefaultOrEmpty || DecoderLayers.Any(w => w < 1)
            || Decoder.IsDefaultOrEmpty || Decoder.Any(d => d is not { Channels: > 0, Kernel: > 0, Stride: > 0 }) || !(Dropout is >= 0 and < 1))
            return "its convolutional autoencoder needs grid and coarseGrid of two positive numbers, positive channels, widths, "
                + "kernels and strides, and a dropout from 0 to below 1";
        if ((Mask && !Offset) || Zeros.IsDefault || Zeros.Length % 2 != 0 || (Zeros.Length > 0 && !Mask) || Zeros.Any(n => n < 0))
            return "its convolutional autoencoder has a mask without an offset, or zeros that are not runs of a mask; "
                + "set offset, and leave zeros to the training";
        if ((long)rows * columns != points)
            return $"its convolutional autoencoder works on a plane of {PlaneSampling.Text(Grid)} points, but a field has {points} per channel. "
                + "Set grid to the plane's";
        if (InputGrid.Any(n => n >> Channels.Length < 1))
            return $"its {Channels.Length} convolutions halve the {PlaneSampling.Text(InputGrid)} points to nothing. Use fewer";
        if (DecoderLayers[^1] % (CoarseGrid[0] * CoarseGrid[1]) != 0)
            return $"its last decoder layer of {DecoderLayers[^1]} numbers does not fill a grid of {PlaneSampling.Text(CoarseGrid)} points. Make it a multiple";
        var last = CoarseGrid.Select(n => Decoder.Aggregate(n, (size, layer) => layer.Size(size))).ToArray();
        return last.SequenceEqual(Grid) ? null
            : $"its decoder ends on {last[0]} × {last[1]} points; {PlaneSampling.Text(Grid)} are needed. Change coarseGrid, strides or full";
    }

    /// <summary>What each layer's output sees of its input.</summary>
    internal (PlaneTaps[] Encoder, PlaneTaps[] Decoder) Tables()
    {
        var (encoder, decoder, grid) = (new PlaneTaps[Channels.Length], new PlaneTaps[Decoder.Length], (Rows: InputGrid[0], Columns: InputGrid[1]));
        for (var i = 0; i < encoder.Length; i++, grid = (grid.Rows / 2, grid.Columns / 2))
            encoder[i] = PlaneTaps.Convolution(grid.Rows, grid.Columns);
        grid = (CoarseGrid[0], CoarseGrid[1]);
        for (var i = 0; i < decoder.Length; grid = (Decoder[i].Size(grid.Rows), Decoder[i].Size(grid.Columns)), i++)
            decoder[i] = PlaneTaps.Transposed(grid.Rows, grid.Columns, Decoder[i]);
        return (encoder, decoder);
    }

    /// <summary>Inputs and outputs of every layer, by its name, in the order in which they are applied.</summary>
    /// <param name="channels">Channels C of a field.</param>
    internal IEnumerable<(string Name, int Inputs, int Outputs)> Layers(int channels)
    {
        var inputs = channels + (Mask ? 1 : 0);
        for (var i = 0; i < Channels.Length; inputs = Channels[i++])
            yield return ($"encoder.{i}", 9 * inputs, Channels[i]);
        inputs *= InputGrid.Aggregate(1, (product, n) => product * (n >> Channels.Length));
        int[] down = [.. EncoderLayers, LatentSize];
        for (var i = 0; i < down.Length; inputs = down[i++])
            yield return ($"toLatent.{i}", inputs, down[i]);
        for (var i = 0; i < DecoderLayers.Length; inputs = DecoderLayers[i++])
            yield return ($"fromLatent.{i}", inputs, DecoderLayers[i]);
        inputs /= CoarseGrid[0] * CoarseGrid[1];
        for (var i = 0; i < Decoder.Length; inputs = Decoder[i++].Channels)
            yield return ($"decoder.{i}", Decoder[i].Kernel * Decoder[i].Kernel * inputs, Decoder[i].Channels);
    }

    /// <inheritdoc />
    public override IReduction Build(FieldScaling scaling, int points, WeightArrays weights)
    {
        if (Misfit(points, periodic: false) is { } misfit)
            throw weights.Unusable(misfit);
        var channels = scaling.Minimum.Length;
        if (Runs().Any(run => (long)run.First + run.Count > channels * points))
            throw weights.Unusable($"its mask has zeros beyond the {channels * points} values of a field");
        if (Decoder[^1].Channels != channels)
            throw weights.Unusable($"its decoder ends with {Decoder[^1].Channels} channels, but a field has {channels}");
        string[] linear = [$"toLatent.{EncoderLayers.Length}", $"decoder.{Decoder.Length - 1}"];
        var transposed = Decoder.Index().ToDictionary(layer => $"decoder.{layer.Index}", layer => layer.Item);
        return new PlaneAutoencoder(scaling, this, Layers(channels).ToDictionary(layer => layer.Name, layer =>
        {
            var (weight, bias) = (weights.Get($"{layer.Name}.weight", layer.Outputs, layer.Inputs), weights.Get($"{layer.Name}.bias", layer.Outputs));
            return transposed.TryGetValue(layer.Name, out var own) ? own.Layer(weight, bias, Last(layer.Name)) : new DenseLayer(weight, bias, Last(layer.Name));
        }), Offset ? weights.Get(OffsetName, channels * points) : []);

        Activation Last(string name) => linear.Contains(name) ? Activation.None : Activation.Celu;
    }

    /// <summary>The runs of <see cref="Zeros"/>.</summary>
    internal IEnumerable<(int First, int Count)> Runs() => Zeros.Chunk(2).Select(run => (run[0], run[1]));

    /// <summary>1 for each value of a field, [C · X], but 0 for <see cref="Zeros"/>.</summary>
    internal float[] ValueMask(int channels)
    {
        var mask = Enumerable.Repeat(1f, channels * Grid[0] * Grid[1]).ToArray();
        foreach (var (first, count) in Runs())
            mask.AsSpan(first, count).Clear();
        return mask;
    }

    /// <summary>The encoder's further channel [X]: 1 where no channel has a value among <see cref="Zeros"/>.</summary>
    internal float[] PointMask(int channels)
    {
        var (values, mask) = (ValueMask(channels), new float[Grid[0] * Grid[1]]);
        for (var k = 0; k < mask.Length; k++)
            mask[k] = Enumerable.Range(0, channels).Min(c => values[c * mask.Length + k]);
        return mask;
    }
}

/// <summary>A layer of the decoder (Dumoulin and Visin 2016, arXiv:1603.07285, chapter 4): x(i) adds w(k) x(i) to y(s i + k).</summary>
/// <param name="Channels">Channels of the output.</param>
/// <param name="Kernel">Points of the kernel along a side.</param>
/// <param name="Stride">Stride s.</param>
/// <param name="Full">Whether the output has all points that are reached, (n − 1)s + k a side, rather than s·n.</param>
public sealed record TransposedConvolution(int Channels, int Kernel = 3, int Stride = 2, bool Full = false)
{
    /// <summary>Points of the input, along a side, that a point of the output sees at most.</summary>
    internal int Taps => (Kernel + Stride - 1) / Stride;

    /// <summary>Points of the output along a side.</summary>
    /// <param name="points">Those of the input.</param>
    internal int Size(int points) => Full ? (points - 1) * Stride + Kernel : points * Stride;

    /// <summary>Blocks of s points of the output along a side, the last one perhaps in part.</summary>
    /// <param name="points">Points of the input.</param>
    internal int Blocks(int points) => (Size(points) + Stride - 1) / Stride;

    /// <summary>The layer from what a block sees, [taps², inputs], to its points, [s², channels]; a point sums in the order of the kernel.</summary>
    /// <param name="weight">[channels, k² · inputs].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="activation">Activation.</param>
    internal DenseLayer Layer(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Activation activation)
    {
        var inputs = weight.Length / (Channels * Kernel * Kernel);
        var (block, own) = (new float[Stride * Stride * Channels * Taps * Taps * inputs], new float[Stride * Stride * Channels]);
        for (var a = 0; a < Kernel; a++)
            for (var b = 0; b < Kernel; b++)
                for (var c = 0; c < Channels; c++)
                {
                    var (output, tap) = ((a % Stride * Stride + b % Stride) * Channels + c, a / Stride * Taps + b / Stride);
                    weight.Slice((c * Kernel * Kernel + a * Kernel + b) * inputs, inputs).CopyTo(block.AsSpan((output * Taps * Taps + tap) * inputs));
                }
        for (var k = 0; k < own.Length; k++)
            own[k] = bias[k % Channels];
        return new DenseLayer(block, own, activation);
    }
}
