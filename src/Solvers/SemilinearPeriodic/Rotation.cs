using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>Products of complex numbers with e^{∓iθ}: two plain and two fused multiplications.</summary>
internal static class Rotation
{
    /// <summary>(re + i im) e^{−iθ}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clockwise(
        Vector512<double> re, Vector512<double> im, Vector512<double> cos, Vector512<double> sin,
        out Vector512<double> turnedRe, out Vector512<double> turnedIm)
    {
        turnedRe = Vector512.FusedMultiplyAdd(re, cos, im * sin);
        turnedIm = Vector512.FusedMultiplyAdd(im, cos, -(re * sin));
    }

    /// <summary>(re + i im) e^{+iθ}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Anticlockwise(
        Vector512<double> re, Vector512<double> im, Vector512<double> cos, Vector512<double> sin,
        out Vector512<double> turnedRe, out Vector512<double> turnedIm)
    {
        turnedRe = Vector512.FusedMultiplyAdd(re, cos, -(im * sin));
        turnedIm = Vector512.FusedMultiplyAdd(im, cos, re * sin);
    }
}
