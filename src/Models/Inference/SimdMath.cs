using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Elementary functions on vectors, float32 unless stated, with our own polynomials, so that the bits are the same on every machine and
/// at every SIMD width. Relative error below 4e-7 where the result is a normal number.
/// </summary>
internal static class SimdMath
{
    /// <summary>Arguments are cut at this magnitude; e^87 is still finite in float32.</summary>
    private const float Largest = 87f;

    /// <summary>x = n ln 2 + r with |r| ≤ ln 2 / 2, off by at most n·2e-9, as (2ⁿ, r); x at most 87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Scale, Vector512<float> R) Reduce(Vector512<float> x)
    {
        x = Vector512.MaxNative(Vector512.Create(-Largest), x); // with x as the second operand NaN stays NaN on every machine
        var magic = Vector512.Create(12582912f);                // adding 1.5·2²³ rounds to an integer
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        var r = Vector512.FusedMultiplyAdd(shifted - magic, Vector512.Create(-0.693147180559945f), x);
        var scale = Vector512.ShiftLeft(shifted.AsInt32() - magic.AsInt32() + Vector512.Create(127), 23);
        return (scale.AsSingle(), r);
    }

    /// <summary>e^x − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpM1(Vector512<float> x)
    {
        // e^r − 1 = r + r²q(r) with a minimax q of degree 4 (Lawson's iteration): relative error below 1.4e-8.
        var (scale, r) = Reduce(x);
        var q = Vector512.Create(0.0013946497f);
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0083666109f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0416662805f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.1666654348f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.5f));
        var p = Vector512.FusedMultiplyAdd(q * r, r, r);
        return Vector512.FusedMultiplyAdd(scale, p, scale - Vector512<float>.One);
    }

    /// <summary>e^x in float64 for x at most 0, relative error below 1e-15; 0 below −700.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        // x = n ln 2 + r with ln 2 in two parts; Taylor's series in |r| ≤ ln 2 / 2.
        var magic = Vector512.Create(6755399441055744.0); // adding 1.5·2⁵² rounds to an integer
        var shifted = Vector512.FusedMultiplyAdd(Vector512.MaxNative(Vector512.Create(-700.0), x), Vector512.Create(1.4426950408889634), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.6931471805599453), Vector512.MaxNative(Vector512.Create(-700.0), x));
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-2.3190468138462996e-17), r);
        var p = Vector512.Create(1.0 / 6227020800); // 1/13!
        foreach (var inverse in InverseFactorials)
            p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(inverse));
        var scale = Vector512.ShiftLeft(shifted.AsInt64() - magic.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-700.0)), Vector512<double>.Zero, scale * p);
    }

    /// <summary>The lanes' sum, in one order on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> v) => v[0] + v[1] + (v[2] + v[3]) + (v[4] + v[5] + (v[6] + v[7]));

    /// <summary>1/12!, 1/11!, …, 1/0!.</summary>
    private static ReadOnlySpan<double> InverseFactorials =>
    [
        1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1, 1,
    ];

    /// <summary>
    /// The long short-term memory cell: c' = σ(f)c + σ(i)tanh g, h = σ(o)tanh c', with all quotients of a line brought to one
    /// denominator, since a division costs as much as ten products. The gates i, f and o come with their signs changed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Cell, Vector512<float> Output) LstmCell(
        Vector512<float> minusI, Vector512<float> minusF, Vector512<float> g, Vector512<float> minusO, Vector512<float> cell)
    {
        var (admit, forget, emit) = (OnePlusExp(minusI), OnePlusExp(minusF), OnePlusExp(minusO)); // 1/σ
        var (e, e2) = TanhParts(g);
        var weight = admit * e2;
        cell = Vector512.FusedMultiplyAdd(cell, weight, e * forget) / (weight * forget);
        (e, e2) = TanhParts(cell);
        return (cell, e / (emit * e2));
    }

    /// <summary>A row of such cells.</summary>
    /// <param name="gates">Their gates −i, −f, g, −o, [4, units].</param>
    /// <param name="cells">Their cell states [units], updated.</param>
    /// <param name="outputs">Receives their outputs [units].</param>
    /// <param name="units">Number of cells, a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void LstmCells(float* gates, float* cells, float* outputs, int units)
    {
        for (var j = 0; j < units; j += Vector512<float>.Count)
        {
            var (next, emitted) = LstmCell(
                Vector512.Load(gates + j), Vector512.Load(gates + units + j), Vector512.Load(gates + 2 * units + j), Vector512.Load(gates + 3 * units + j), Vector512.Load(cells + j));
            next.Store(cells + j);
            emitted.Store(outputs + j);
        }
    }

    /// <summary>
    /// The gated recurrent unit: n = tanh(a + σ(r)b), h' = n + σ(z)(h − n). The gates r and z come with their signs changed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GruCell(
        Vector512<float> minusR, Vector512<float> minusZ, Vector512<float> a, Vector512<float> b, Vector512<float> state)
    {
        var candidate = Tanh(a + b / OnePlusExp(minusR));
        return candidate + (state - candidate) / OnePlusExp(minusZ);
    }

    /// <summary>1 + e^x, with x cut at 28, beyond which 1/(1 + e^x) does not count beside 1 in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> OnePlusExp(Vector512<float> x)
    {
        // e^r = 1 + r·q(r) with a minimax q of degree 4 (Lawson's iteration): relative error below 1e-7.
        var (scale, r) = Reduce(Vector512.MinNative(Vector512.Create(28f), x));
        var q = Vector512.Create(0.0083794417f);
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0418997332f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.1666635871f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.4999913275f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512<float>.One);
        return Vector512.FusedMultiplyAdd(scale, Vector512.FusedMultiplyAdd(q, r, Vector512<float>.One), Vector512<float>.One);
    }

    /// <summary>E and E + 2, whose quotient is tanh x, with E = e^{2x} − 1 and 2x cut at 20, where tanh x is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> E, Vector512<float> E2) TanhParts(Vector512<float> x)
    {
        var e = ExpM1(Vector512.MinNative(Vector512.Create(20f), x + x));
        return (e, e + Vector512.Create(2f));
    }

    /// <summary>tanh x = E / (E + 2) with E = e^{2x} − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var (e, e2) = TanhParts(x);
        return e / e2;
    }

    /// <summary>½ + ½ tanh x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HalfTanh(Vector512<float> x) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(0.5f), Tanh(x), Vector512.Create(0.5f));

    /// <summary>CELU(x) = max(0, x) + min(0, e^x − 1) (Barron 2017, arXiv:1704.07483, α = 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Celu(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, ExpM1(Vector512.MinNative(Vector512<float>.Zero, x)));
}
