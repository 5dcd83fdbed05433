using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace LedCluster.Models.Training;

/// <summary>
/// Sums for least squares of Y on X, in float64: Σ xxᵀ and Σ xyᵀ over samples that come one after the other and need not be
/// kept. A sum is always made in the order of the samples.
/// </summary>
/// <param name="features">Numbers per x.</param>
/// <param name="targets">Numbers per y.</param>
internal sealed class NormalEquations(int features, int targets)
{
    private const int Block = 64, Lanes = 8, RowTile = 4;

    private readonly int width = (features + targets + Lanes - 1) / Lanes * Lanes;
    private readonly double[] block = new double[Block * ((features + targets + Lanes - 1) / Lanes * Lanes)];
    // upper triangle of [features, features + targets]
    private readonly double[] sums = new double[features * ((features + targets + Lanes - 1) / Lanes * Lanes)];
    private int pending;

    /// <summary>Samples so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Room for the next sample: x, then y. Filled by the caller before the next call.</summary>
    public Span<double> Next()
    {
        if (pending == Block)
            Absorb();
        Samples++;
        return block.AsSpan(pending++ * width, features + targets);
    }

    /// <summary>Σ xxᵀ.</summary>
    public Matrix<double> Gram()
    {
        Absorb();
        return DenseMatrix.Create(features, features, (i, j) => sums[Math.Min(i, j) * width + Math.Max(i, j)]);
    }

    /// <summary>Σ xyᵀ, [features, targets].</summary>
    public Matrix<double> Moments()
    {
        Absorb();
        return DenseMatrix.Create(features, targets, (i, k) => sums[i * width + features + k]);
    }

    /// <summary>B with Y ≈ BᵀX: (Σ xxᵀ + ηI) B = Σ xyᵀ, [features, targets].</summary>
    /// <exception cref="InvalidDataException">The matrix is singular.</exception>
    public Matrix<double> Solve(double ridge) => Solve(Gram(), Moments(), ridge);

    /// <summary>(G + ηI) B = M.</summary>
    /// <exception cref="InvalidDataException">The matrix is singular.</exception>
    public static Matrix<double> Solve(Matrix<double> gram, Matrix<double> moments, double ridge)
    {
        for (var i = 0; i < gram.RowCount; i++)
            gram[i, i] += ridge;
        try
        {
            return gram.Cholesky().Solve(moments);
        }
        catch (ArgumentException) // not positive definite
        {
            throw new InvalidDataException(
                $"The regression of {gram.RowCount} features is singular with a ridge of {ridge:G3}: some features say the same in all samples. "
                + "Raise the ridge, or give more or other data.");
        }
    }

    private void Absorb()
    {
        Parallel.For(0, (features + RowTile - 1) / RowTile, tile => Absorb(tile * RowTile));
        Array.Clear(block);
        pending = 0;
    }

    /// <summary>Rows i to i + 3 of the sums, from their diagonal on; rows beyond the last repeat it and are not kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Absorb(int i)
    {
        int i1 = Math.Min(i + 1, features - 1), i2 = Math.Min(i + 2, features - 1), i3 = Math.Min(i + 3, features - 1);
        fixed (double* x = block, s = sums)
            for (var j = i / Lanes * Lanes; j < width; j += Lanes)
            {
                Vector512<double> a = Vector512.Load(s + i * width + j), b = Vector512.Load(s + i1 * width + j);
                Vector512<double> c = Vector512.Load(s + i2 * width + j), d = Vector512.Load(s + i3 * width + j);
                var row = x;
                for (var n = 0; n < pending; n++, row += width)
                {
                    var v = Vector512.Load(row + j);
                    a = Vector512.FusedMultiplyAdd(Vector512.Create(row[i]), v, a);
                    b = Vector512.FusedMultiplyAdd(Vector512.Create(row[i1]), v, b);
                    c = Vector512.FusedMultiplyAdd(Vector512.Create(row[i2]), v, c);
                    d = Vector512.FusedMultiplyAdd(Vector512.Create(row[i3]), v, d);
                }
                d.Store(s + i3 * width + j);
                c.Store(s + i2 * width + j);
                b.Store(s + i1 * width + j);
                a.Store(s + i * width + j);
            }
    }
}
