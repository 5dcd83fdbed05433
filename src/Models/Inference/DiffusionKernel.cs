using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// The Markov chain of diffusion maps from any field x to the samples s_i: p_i ∝ w_i exp(−|x − s_i|²/ε²), Σ p = 1. Of the
/// square, |x|² falls out, so that products x·s_i are all it needs. float64, with bits that do not depend on the SIMD width.
/// </summary>
internal sealed class DiffusionKernel
{
    private const int Lanes = 8; // Vector512<double>.Count

    private readonly double[] blocks;  // [block of samples][point][lane]
    private readonly double[] squares; // |s_i|², padded
    private readonly double[] weights; // w_i, padded with zeros
    private readonly double inverseSquaredWidth;

    /// <summary>Keeps the samples.</summary>
    /// <param name="samples">Scaled fields [n, C·X].</param>
    /// <param name="weights">w [n], positive.</param>
    /// <param name="width">ε, in the unit of scaled fields.</param>
    public DiffusionKernel(ReadOnlySpan<float> samples, ReadOnlySpan<float> weights, double width)
    {
        (Count, Size, inverseSquaredWidth) = (weights.Length, samples.Length / weights.Length, 1 / (width * width));
        Stride = (Count + Lanes - 1) / Lanes * Lanes;
        (blocks, squares, this.weights) = (new double[Stride * Size], new double[Stride], new double[Stride]);
        for (var i = 0; i < Count; i++)
        {
            this.weights[i] = weights[i];
            for (var p = 0; p < Size; p++)
            {
                double value = samples[i * Size + p];
                blocks[(i / Lanes * Size + p) * Lanes + i % Lanes] = value;
                squares[i] += value * value;
            }
        }
    }

    /// <summary>Samples n.</summary>
    public int Count { get; }

    /// <summary>Numbers C·X per field.</summary>
    public int Size { get; }

    /// <summary>Length of a row of one number per sample: n, padded to whole vectors.</summary>
    public int Stride { get; }

    /// <summary>2/ε², the slope of the exponent in a product x·s_i.</summary>
    public double Slope => 2 * inverseSquaredWidth;

    /// <summary>Number p of sample i.</summary>
    public double Sample(int i, int p) => blocks[(i / Lanes * Size + p) * Lanes + i % Lanes];

    /// <summary>|s_i|².</summary>
    public double Square(int i) => squares[i];

    /// <summary>x·s_i for all i.</summary>
    /// <param name="field">x [C·X], scaled.</param>
    /// <param name="products">Receives [<see cref="Stride"/>].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Products(ReadOnlySpan<double> field, Span<double> products)
    {
        fixed (double* x = field, s = blocks, y = products[..Stride])
            for (var block = 0; block < Stride / Lanes; block++)
            {
                var sum = Vector512<double>.Zero;
                var row = s + block * Size * Lanes;
                for (var p = 0; p < Size; p++)
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[p]), Vector512.Load(row + p * Lanes), sum);
                sum.Store(y + block * Lanes);
            }
    }

    /// <summary>Turns products x·s_i into the probabilities p_i; 0 in the padding.</summary>
    /// <param name="row">[<see cref="Stride"/>].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Transitions(Span<double> row)
    {
        var largest = double.NegativeInfinity; // so that the nearest sample counts even where all are far
        for (var i = 0; i < Count; i++)
            largest = Math.Max(largest, row[i] * Slope - squares[i] * inverseSquaredWidth);
        var total = Vector512<double>.Zero;
        fixed (double* y = row[..Stride], q = squares, w = weights)
        {
            for (var i = 0; i < Stride; i += Lanes)
            {
                var exponent = Vector512.FusedMultiplyAdd(Vector512.Load(y + i), Vector512.Create(Slope), Vector512.Load(q + i) * -inverseSquaredWidth) - Vector512.Create(largest);
                var value = SimdMath.Exp(Vector512.MinNative(Vector512<double>.Zero, exponent)) * Vector512.Load(w + i);
                value.Store(y + i);
                total += value;
            }
            var scale = Vector512.Create(1 / SimdMath.Sum(total));
            for (var i = 0; i < Stride; i += Lanes)
                (Vector512.Load(y + i) * scale).Store(y + i);
        }
    }

    /// <summary>Σ a_i b_i over a padded row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = Vector512<double>.Zero;
        fixed (double* x = a, y = b[..a.Length])
            for (var i = 0; i < a.Length; i += Lanes)
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sum);
        return SimdMath.Sum(sum);
    }

    /// <summary>y += c a over a padded row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Add(double c, ReadOnlySpan<double> a, Span<double> y)
    {
        fixed (double* x = a, to = y[..a.Length])
            for (var i = 0; i < a.Length; i += Lanes)
                Vector512.FusedMultiplyAdd(Vector512.Create(c), Vector512.Load(x + i), Vector512.Load(to + i)).Store(to + i);
    }
}
