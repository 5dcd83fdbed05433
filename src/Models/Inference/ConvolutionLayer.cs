using System.Runtime.Intrinsics;
using System.Text.Json.Serialization;

namespace LedCluster.Models.Inference;

/// <summary>
/// Convolution with five taps over a one-dimensional grid, y_o(x) = Σ_i Σ_k w_oik x_i(x + k − 2) + b_o, then the mean of
/// neighbouring pairs if it is pooled, then an activation; float32.
/// </summary>
/// <remarks>
/// A field is rows of channels, one row per point, between two rows of halo on either side. What one output point sees is
/// then one contiguous piece of memory, and the convolution is a <see cref="DenseLayer"/> whose rows overlap: nothing is
/// copied. A mean of pairs makes six taps of five and skips every other point, for 0.6 of the products.
/// </remarks>
internal sealed class ConvolutionLayer
{
    /// <summary>Taps of a kernel.</summary>
    public const int Taps = 5;

    /// <summary>Rows beyond either end.</summary>
    public const int Halo = 2;

    private readonly DenseLayer dense;
    private readonly int step;

    /// <summary>Builds a layer.</summary>
    /// <param name="weight">w [outputs, inputs, 5].</param>
    /// <param name="bias">b [outputs].</param>
    /// <param name="inputRow">Length of an input row: the input channels, and padding that holds zeros.</param>
    /// <param name="pooled">Whether neighbouring pairs are averaged.</param>
    /// <param name="activation">Activation.</param>
    public ConvolutionLayer(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int inputRow, bool pooled, Activation activation)
    {
        (InputRow, step) = (inputRow, pooled ? 2 : 1);
        var inputs = weight.Length / (bias.Length * Taps);
        var reach = (Taps + step - 1) * inputRow;
        var matrix = new float[bias.Length * reach];
        for (var o = 0; o < bias.Length; o++)
            for (var i = 0; i < inputs; i++)
                for (var k = 0; k < Taps; k++)
                    for (var s = 0; s < step; s++)
                        matrix[o * reach + (k + s) * inputRow + i] += weight[(o * inputs + i) * Taps + k] / step;
        dense = new DenseLayer(matrix, bias, activation);
    }

    /// <summary>Length of an input row.</summary>
    public int InputRow { get; }

    /// <summary>Length of an output row: the output channels, padded to whole vectors.</summary>
    public int OutputRow => dense.Stride;

    /// <summary>Applies the layer to one field.</summary>
    /// <param name="rows">[points + 4, input row]; the halo is filled in.</param>
    /// <param name="points">Points of the input.</param>
    /// <param name="padding">What the halo holds.</param>
    /// <param name="output">Receives [points or points / 2, output row].</param>
    public void Forward(Span<float> rows, int points, GridPadding padding, Span<float> output)
    {
        var before = rows[..(Halo * InputRow)];
        var after = rows.Slice((points + Halo) * InputRow, Halo * InputRow);
        if (padding == GridPadding.Periodic)
        {
            rows.Slice(points * InputRow, Halo * InputRow).CopyTo(before);
            rows.Slice(Halo * InputRow, Halo * InputRow).CopyTo(after);
        }
        else
        {
            before.Clear();
            after.Clear();
        }
        dense.Forward(rows, step * InputRow, output, points / step);
    }

    /// <summary>
    /// Twice as many points by linear interpolation between cell centres: y(2x) = ¼ x(x − 1) + ¾ x(x), y(2x + 1) = ¾ x(x) + ¼ x(x + 1).
    /// </summary>
    /// <param name="rows">[points, row].</param>
    /// <param name="row">Length of a row, in whole vectors.</param>
    /// <param name="points">Points of the input.</param>
    /// <param name="padding">What lies beyond the ends.</param>
    /// <param name="output">Receives [2 points, row].</param>
    public static void Refine(ReadOnlySpan<float> rows, int row, int points, GridPadding padding, Span<float> output)
    {
        var (quarter, most) = (Vector512.Create(0.25f), Vector512.Create(0.75f));
        for (var x = 0; x < points; x++)
        {
            var (left, right) = padding == GridPadding.Periodic
                ? ((x + points - 1) % points, (x + 1) % points)
                : (Math.Max(x - 1, 0), Math.Min(x + 1, points - 1));
            for (var c = 0; c < row; c += Vector512<float>.Count)
            {
                var own = most * Vector512.Create(rows.Slice(x * row + c));
                Vector512.FusedMultiplyAdd(quarter, Vector512.Create(rows.Slice(left * row + c)), own).CopyTo(output[(2 * x * row + c)..]);
                Vector512.FusedMultiplyAdd(quarter, Vector512.Create(rows.Slice(right * row + c)), own).CopyTo(output[((2 * x + 1) * row + c)..]);
            }
        }
    }
}

/// <summary>What a convolution sees beyond the ends of the domain.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GridPadding>))]
public enum GridPadding : byte
{
    /// <summary>Zeros; interpolation continues the ends by constants. For any domain.</summary>
    [JsonStringEnumMemberName("zero")]
    Zero = 0,

    /// <summary>The other end. For periodic domains alone.</summary>
    [JsonStringEnumMemberName("periodic")]
    Periodic = 1,
}
