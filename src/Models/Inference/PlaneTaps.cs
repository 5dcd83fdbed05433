using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Inference;

/// <summary>
/// What each point of a layer's output sees of its input, on a plane of rows and columns: a convolution is then a gather and a matrix product.
/// </summary>
/// <param name="Rows">Rows of the output.</param>
/// <param name="Columns">Columns of the output.</param>
/// <param name="Taps">Taps of the kernel.</param>
/// <param name="Sources">Place of each tap's input, [rows · columns, taps]; −1 for zero.</param>
internal sealed record PlaneTaps(int Rows, int Columns, int Taps, int[] Sources)
{
    /// <summary>A 3 × 3 convolution of stride 1 between zeros: y(r, c) = Σ w(a, b) x(r + a − 1, c + b − 1).</summary>
    public static PlaneTaps Convolution(int rows, int columns) =>
        Make(rows, columns, 3, (at, tap, size) => at + tap - 1 is var i && i >= 0 && i < size ? i : -1, rows, columns);

    /// <summary>
    /// A transposed convolution as one that gives blocks of s × s points, so that no tap falls between the points of the input (Shi et al.
    /// 2016, arXiv:1609.05158): y(s i + a) = Σ w(a + s t) x(i − t).
    /// </summary>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    /// <param name="layer">The layer.</param>
    public static PlaneTaps Transposed(int rows, int columns, TransposedConvolution layer) =>
        Make(layer.Blocks(rows), layer.Blocks(columns), layer.Taps, (at, tap, size) => at - tap is var i && i >= 0 && i < size ? i : -1, rows, columns);

    private static PlaneTaps Make(int rows, int columns, int kernel, Func<int, int, int, int> source, int fromRows, int fromColumns)
    {
        var sources = new int[rows * columns * kernel * kernel];
        for (int r = 0, i = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                for (var a = 0; a < kernel; a++)
                    for (var b = 0; b < kernel; b++, i++)
                        sources[i] = (source(r, a, fromRows), source(c, b, fromColumns)) is ( >= 0 and var y, >= 0 and var x) ? y * fromColumns + x : -1;
        return new(rows, columns, kernel * kernel, sources);
    }
}
