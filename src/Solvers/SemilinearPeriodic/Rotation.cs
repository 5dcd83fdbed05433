using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>Products of complex numbers with e^{∓iθ}: two plain and two fused multiplications.</summary>
internal static class Rotation
{
    /// <summary>(re + i im) e^{−iθ}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clockwise<V>(
        V re, V im, V cos, V sin,
        out V turnedRe, out V turnedIm)
        where V : unmanaged, IVector<V, double>
    {
        turnedRe = V.Fused(re, cos, im * sin);
        turnedIm = V.Fused(im, cos, -(re * sin));
    }

    /// <summary>(re + i im) e^{+iθ}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Anticlockwise<V>(
        V re, V im, V cos, V sin,
        out V turnedRe, out V turnedIm)
        where V : unmanaged, IVector<V, double>
    {
        turnedRe = V.Fused(re, cos, -(im * sin));
        turnedIm = V.Fused(im, cos, re * sin);
    }
}
