using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Elementary functions on float32 vectors with our own polynomials, so that the bits are the same on every machine and
/// at every SIMD width. Relative error below 4e-7 where the result is a normal number.
/// </summary>
internal static class SimdMath
{
    /// <summary>Arguments are cut at this magnitude; e^87 is still finite in float32.</summary>
    private const float Largest = 87f;

    /// <summary>
    /// e^x as (scale, p): e^x = scale·(1 + p) with scale a power of two and p = e^r − 1, |r| ≤ ln 2 / 2; x at most 87.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Scale, Vector512<float> P) ExpParts(Vector512<float> x)
    {
        x = Vector512.MaxNative(Vector512.Create(-Largest), x); // with x as the second operand NaN stays NaN on every machine

        // n = round(x / ln 2) by adding 1.5·2²³; r = x − n·ln 2, off by at most n·2e-9.
        var magic = Vector512.Create(12582912f);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        var r = Vector512.FusedMultiplyAdd(shifted - magic, Vector512.Create(-0.693147180559945f), x);

        // e^r − 1 = r + r²q(r) with a minimax q of degree 4 (Lawson's iteration): relative error below 1.4e-8.
        var q = Vector512.Create(0.0013946497f);
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0083666109f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.0416662805f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.1666654348f));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(0.5f));
        var p = Vector512.FusedMultiplyAdd(q * r, r, r);

        var exponent = Vector512.ShiftLeft(shifted.AsInt32() - magic.AsInt32() + Vector512.Create(127), 23);
        return (exponent.AsSingle(), p);
    }

    /// <summary>e^x − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpM1(Vector512<float> x)
    {
        var (scale, p) = ExpParts(x);
        return Vector512.FusedMultiplyAdd(scale, p, scale - Vector512<float>.One);
    }

    /// <summary>
    /// The long short-term memory cell: c' = σ(f)c + σ(i)tanh g, h = σ(o)tanh c', with all quotients of a line brought to one
    /// denominator, since a division costs as much as ten products.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Cell, Vector512<float> Output) LstmCell(
        Vector512<float> i, Vector512<float> f, Vector512<float> g, Vector512<float> o, Vector512<float> cell)
    {
        var (admit, forget, emit) = (OnePlusExp(-i), OnePlusExp(-f), OnePlusExp(-o)); // 1/σ
        var (e, e2) = TanhParts(g);
        var weight = admit * e2;
        cell = Vector512.FusedMultiplyAdd(cell, weight, e * forget) / (weight * forget);
        (e, e2) = TanhParts(cell);
        return (cell, e / (emit * e2));
    }

    /// <summary>1 + e^x, with x cut at 28, beyond which 1/(1 + e^x) does not count beside 1 in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> OnePlusExp(Vector512<float> x)
    {
        var (scale, p) = ExpParts(Vector512.MinNative(Vector512.Create(28f), x));
        return Vector512.FusedMultiplyAdd(scale, p, scale + Vector512<float>.One);
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
