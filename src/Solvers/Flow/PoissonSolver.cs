using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// (ψ_{i+1} + ψ_{i−1} + ψ_{j+1} + ψ_{j−1} − 4ψ) = r on cell centres with zero normal derivative all round: cosine transform along x, and Gaussian
/// elimination along y for each of its modes, for eight modes at once. Σr = 0 is needed; ψ is known up to a constant.
/// </summary>
/// <remarks>
/// Mode k: (2 + μ_k)ψ̂_j − ψ̂_{j−1} − ψ̂_{j+1} = −r̂_j, μ_k = 2 − 2cos(πk/n). Elimination d_j = (d_{j−1} − r̂_j)w_j with w_j = 1/(2 + μ_k − w_{j−1});
/// substitution ψ̂_j = d_j + w_jψ̂_{j+1}. Since elimination runs upwards, a source that is added in some rows changes d there and above only.
/// Immutable; buffers are the caller's.
/// </remarks>
internal sealed unsafe class PoissonSolver
{
    private readonly CosineTransform transform;
    private readonly FlowArrays pivots;
    private readonly int columns, rows;

    /// <summary>Prepares a box.</summary>
    /// <exception cref="ArgumentException">The numbers of cells do not suit the transform.</exception>
    public PoissonSolver(FlowBox box)
    {
        (columns, rows) = (box.Columns, box.Rows);
        if (columns % Vector512<double>.Count != 0 || rows < 4)
            throw new ArgumentException(
                $"A box of {columns} by {rows} cells is given; the first number must be a multiple of {Vector512<double>.Count} without prime "
                + "factors above 13, the second at least 4.",
                nameof(box));
        (transform, pivots) = (new CosineTransform(columns), new FlowArrays(box, 1));
        for (var k = 0; k < columns; k++)
        {
            var (μ, w) = (2 - 2 * Math.Cos(Math.PI * k / columns), 0.0);
            for (var j = 0; j < rows; j++)
            {
                var diagonal = μ + (j == 0 || j == rows - 1 ? 1 : 2) - w;
                w = k == 0 && j == rows - 1 ? 0 : 1 / diagonal; // the constant is free
                pivots[0][j * pivots.Stride + k] = w;
            }
        }
    }

    /// <summary>Transforms right-hand sides of rows first to last; r̂ is written beside them.</summary>
    public void Transform(double* r, double* spectrum, int first, int last, FlowBuffers buffers) =>
        transform.Forward(r + first * pivots.Stride, pivots.Stride, last - first + 1, spectrum + first * pivots.Stride, pivots.Stride, buffers.Vectors);

    /// <summary>Transforms ψ̂ of rows first to last back.</summary>
    public void Back(double* spectrum, double* ψ, int first, int last, FlowBuffers buffers) =>
        transform.Inverse(
            spectrum + first * pivots.Stride, pivots.Stride, last - first + 1, ψ + first * pivots.Stride, pivots.Stride, 1.0 / columns,
            buffers.Vectors);

    /// <summary>Elimination of all rows, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Eliminate(double* d)
    {
        var stride = pivots.Stride;
        var w = pivots[0];
        for (var k = 0; k < columns; k += Vector512<double>.Count)
            (-Vector512.Load(d + k) * Vector512.Load(w + k)).Store(d + k);
        for (var j = 1; j < rows; j++)
        {
            double* below = d + (j - 1) * stride, row = below + stride, factor = w + j * stride;
            for (var k = 0; k < columns; k += Vector512<double>.Count)
                ((Vector512.Load(below + k) - Vector512.Load(row + k)) * Vector512.Load(factor + k)).Store(row + k);
        }
    }

    /// <summary>Adds a source in some rows to what is eliminated.</summary>
    /// <param name="d">Eliminated right-hand side.</param>
    /// <param name="source">Transformed source; rows below and above are 0.</param>
    /// <param name="first">First row of the source.</param>
    /// <param name="last">Last row of the source.</param>
    /// <param name="buffers">Buffers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(double* d, double* source, int first, int last, FlowBuffers buffers)
    {
        var stride = pivots.Stride;
        double* w = pivots[0], e = buffers.Vectors;
        new Span<double>(e, columns).Clear();
        for (var j = first; j < rows; j++)
        {
            double* row = d + j * stride, factor = w + j * stride, own = source + j * stride;
            for (var k = 0; k < columns; k += Vector512<double>.Count)
            {
                var sum = Vector512.Load(e + k);
                if (j <= last)
                    sum -= Vector512.Load(own + k);
                sum *= Vector512.Load(factor + k);
                sum.Store(e + k);
                (Vector512.Load(row + k) + sum).Store(row + k);
            }
        }
    }

    /// <summary>Substitution from the last row down to one.</summary>
    /// <param name="d">Eliminated right-hand side.</param>
    /// <param name="ψ">Receives ψ̂ from that row on.</param>
    /// <param name="lowest">That row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Substitute(double* d, double* ψ, int lowest)
    {
        var stride = pivots.Stride;
        var w = pivots[0];
        new Span<double>(d + (rows - 1) * stride, columns).CopyTo(new Span<double>(ψ + (rows - 1) * stride, columns));
        for (var j = rows - 2; j >= lowest; j--)
        {
            double* row = d + j * stride, to = ψ + j * stride, above = to + stride, factor = w + j * stride;
            for (var k = 0; k < columns; k += Vector512<double>.Count)
                Vector512.FusedMultiplyAdd(Vector512.Load(factor + k), Vector512.Load(above + k), Vector512.Load(row + k)).Store(to + k);
        }
    }
}

/// <summary>Buffers of transforms and of one row of fluxes, for one thread.</summary>
internal sealed unsafe class FlowBuffers
{
    private readonly double[] memory;

    /// <summary>Allocates buffers.</summary>
    public FlowBuffers(FlowBox box)
    {
        var size = (box.Columns + 4 * FlowArrays.Margin) / FlowArrays.Margin * FlowArrays.Margin;
        memory = GC.AllocateArray<double>((3 * Vector512<double>.Count + 6) * size + FlowArrays.Margin, pinned: true);
        Vectors = (double*)(((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory)) + 63) / 64 * 64);
        Rows = Vectors + 3 * box.Columns * Vector512<double>.Count + FlowArrays.Margin;
        RowStride = size;
    }

    /// <summary>Three arrays of n vectors of eight numbers.</summary>
    public double* Vectors { get; }

    /// <summary>Rows of n numbers with a margin on both sides.</summary>
    public double* Rows { get; }

    /// <summary>Numbers from one of them to the next.</summary>
    public int RowStride { get; }
}
