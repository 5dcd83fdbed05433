using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>Multiplication of a mode by a coefficient, with as many operations as the kind of coefficient needs.</summary>
internal unsafe interface ISymbolProduct
{
    /// <summary>sum += c·(re + i im).</summary>
    /// <param name="c">Re c, Im c.</param>
    /// <param name="re">Real part of the mode.</param>
    /// <param name="im">Imaginary part of the mode.</param>
    /// <param name="sumRe">Real part of the sum.</param>
    /// <param name="sumIm">Imaginary part of the sum.</param>
    static abstract void Add(double* c, Vector512<double> re, Vector512<double> im, ref Vector512<double> sumRe, ref Vector512<double> sumIm);
}

/// <summary>Real coefficients, of even derivatives.</summary>
internal readonly unsafe struct RealProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double* c, Vector512<double> re, Vector512<double> im, ref Vector512<double> sumRe, ref Vector512<double> sumIm)
    {
        var real = Vector512.Create(c[0]);
        sumRe = Vector512.FusedMultiplyAdd(real, re, sumRe);
        sumIm = Vector512.FusedMultiplyAdd(real, im, sumIm);
    }
}

/// <summary>Imaginary coefficients, of odd derivatives.</summary>
internal readonly unsafe struct ImaginaryProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double* c, Vector512<double> re, Vector512<double> im, ref Vector512<double> sumRe, ref Vector512<double> sumIm)
    {
        var imaginary = Vector512.Create(c[1]);
        sumRe = Vector512.FusedMultiplyAdd(-imaginary, im, sumRe);
        sumIm = Vector512.FusedMultiplyAdd(imaginary, re, sumIm);
    }
}

/// <summary>Any coefficients.</summary>
internal readonly unsafe struct ComplexProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double* c, Vector512<double> re, Vector512<double> im, ref Vector512<double> sumRe, ref Vector512<double> sumIm)
    {
        RealProduct.Add(c, re, im, ref sumRe, ref sumIm);
        ImaginaryProduct.Add(c, re, im, ref sumRe, ref sumIm);
    }
}
