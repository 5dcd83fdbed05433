using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

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
    static abstract void Add<V>(double* c, V re, V im, ref V sumRe, ref V sumIm)
        where V : unmanaged, IVector<V, double>;
}

/// <summary>Real coefficients, of even derivatives.</summary>
internal readonly unsafe struct RealProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V>(double* c, V re, V im, ref V sumRe, ref V sumIm)
        where V : unmanaged, IVector<V, double>
    {
        var real = V.Of(c[0]);
        sumRe = V.Fused(real, re, sumRe);
        sumIm = V.Fused(real, im, sumIm);
    }
}

/// <summary>Imaginary coefficients, of odd derivatives.</summary>
internal readonly unsafe struct ImaginaryProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V>(double* c, V re, V im, ref V sumRe, ref V sumIm)
        where V : unmanaged, IVector<V, double>
    {
        var imaginary = V.Of(c[1]);
        sumRe = V.Fused(-imaginary, im, sumRe);
        sumIm = V.Fused(imaginary, re, sumIm);
    }
}

/// <summary>Any coefficients.</summary>
internal readonly unsafe struct ComplexProduct : ISymbolProduct
{
    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<V>(double* c, V re, V im, ref V sumRe, ref V sumIm)
        where V : unmanaged, IVector<V, double>
    {
        RealProduct.Add(c, re, im, ref sumRe, ref sumIm);
        ImaginaryProduct.Add(c, re, im, ref sumRe, ref sumIm);
    }
}
