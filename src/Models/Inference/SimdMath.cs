using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Elementary functions on float32 vectors with our own polynomials, so that the bits are the same on every machine and
/// at every SIMD width. Relative error below 4e-7 where the result is a normal number.
/// </summary>
internal static class SimdMath
{
    /// <summary>Beyond this magnitude exp is clamped; e^87 is still finite in float32.</summary>
    private const float Largest = 87f;

    /// <summary>e^x − 1 as (scale, p): e^x = scale·(1 + p) with scale a power of two and p = e^r − 1, |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Scale, Vector512<float> P) ExpParts(Vector512<float> x)
    {
        // With x as the second operand NaN stays NaN on every machine.
        x = Vector512.MaxNative(Vector512.Create(-Largest), Vector512.MinNative(Vector512.Create(Largest), x));

        // n = round(x / ln 2) by adding 1.5·2²³; r = x − n·ln 2 in two parts (Cody and Waite).
        var magic = Vector512.Create(12582912f);
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);

        // Taylor series of e^r − 1 to r⁷; the first term left out is below 6e-9.
        var p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 2));
        p = Vector512.FusedMultiplyAdd(p * r, r, r);

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

    /// <summary>σ(gate)·tanh x in one division, E / ((1 + e^−gate)(E + 2)) with E = e^{2x} − 1; 2x is cut at 20, where tanh is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> GatedTanh(Vector512<float> gate, Vector512<float> x)
    {
        var (scale, p) = ExpParts(-gate);
        var e = ExpM1(Vector512.MinNative(Vector512.Create(20f), x + x));
        return e / ((Vector512<float>.One + Vector512.FusedMultiplyAdd(scale, p, scale)) * (e + Vector512.Create(2f)));
    }

    /// <summary>Logistic function 1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var (scale, p) = ExpParts(-x);
        return Vector512<float>.One / (Vector512<float>.One + Vector512.FusedMultiplyAdd(scale, p, scale));
    }

    /// <summary>tanh x = E / (E + 2) with E = e^{2x} − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var e = ExpM1(x + x);
        return e / (e + Vector512.Create(2f));
    }

    /// <summary>CELU(x) = max(0, x) + min(0, e^x − 1) (Barron 2017, arXiv:1704.07483, α = 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Celu(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, ExpM1(x));
}
