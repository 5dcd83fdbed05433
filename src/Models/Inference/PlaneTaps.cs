namespace LedCluster.Models.Inference;

/// <summary>
/// What each point of a layer's output sees of its input, on a plane of rows and columns: a convolution is then a gather and a matrix
/// product, forwards and in training.
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
    /// A transposed convolution (Dumoulin and Visin 2016, arXiv:1603.07285, chapter 4): x(i) adds w(k) x(i) to y(s i + k). The output has
    /// s·n points a side, or all (n − 1)s + k that are reached.
    /// </summary>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="columns">Columns of the input.</param>
    /// <param name="kernel">Points k of the kernel along a side.</param>
    /// <param name="stride">Stride s.</param>
    /// <param name="full">Whether the output has all points that are reached.</param>
    public static PlaneTaps Transposed(int rows, int columns, int kernel, int stride, bool full)
    {
        int Size(int n) => full ? (n - 1) * stride + kernel : n * stride;
        return Make(Size(rows), Size(columns), kernel, (at, tap, size) => at - tap is var i && i >= 0 && i % stride == 0 && i / stride < size ? i / stride : -1, rows, columns);
    }

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
