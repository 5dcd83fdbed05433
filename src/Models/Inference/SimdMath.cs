using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

namespace LedCluster.Models.Inference;

/// <summary>
/// Elementary functions on rows of numbers, float32 unless stated, with our own polynomials, so that the bits are the same on every machine and
/// at every SIMD width. Relative error below 4e-7 where the result is a normal number.
/// </summary>
internal static class SimdMath
{
    /// <summary>Arguments are cut at this magnitude; e^87 is still finite in float32.</summary>
    private const float Largest = 87f;

    /// <summary>A function of single numbers, on vectors of any width.</summary>
    private interface IFunction
    {
        static abstract V Of<V>(V x)
            where V : unmanaged, IVector<V, float>;
    }

    /// <summary>tanh x = E / (E + 2) with E = e^{2x} − 1.</summary>
    /// <param name="x">The numbers, replaced.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    public static unsafe void Tanh(float* x, int length) => Apply<TanhFunction>(x, length);

    /// <summary>½ + ½ tanh x.</summary>
    /// <param name="x">The numbers, replaced.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    public static unsafe void HalfTanh(float* x, int length) => Apply<HalfTanhFunction>(x, length);

    /// <summary>CELU(x) = max(0, x) + min(0, e^x − 1) (Barron 2017, arXiv:1704.07483, α = 1).</summary>
    /// <param name="x">The numbers, replaced.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    public static unsafe void Celu(float* x, int length) => Apply<CeluFunction>(x, length);

    /// <summary>max(0, x); NaN stays NaN.</summary>
    /// <param name="x">The numbers, replaced.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    public static unsafe void Relu(float* x, int length) => Apply<ReluFunction>(x, length);

    /// <summary>
    /// The long short-term memory cells of some members: c' = σ(f)c + σ(i)tanh g, h = σ(o)tanh c', with all quotients of a line brought to one
    /// denominator, since a division costs as much as ten products. The gates i, f and o come with their signs changed.
    /// </summary>
    /// <param name="gates">Their gates −i, −f, g, −o, [members, 4, units]; overwritten.</param>
    /// <param name="cells">Their cell states [members, units], updated.</param>
    /// <param name="outputs">Receives their outputs, the first units of rows [members, stride].</param>
    /// <param name="units">Cells of a member, a multiple of 16.</param>
    /// <param name="stride">Length of a row of outputs.</param>
    /// <param name="members">Members.</param>
    public static unsafe void LstmCells(float* gates, float* cells, float* outputs, int units, int stride, int members)
    {
        if (Vector512.IsHardwareAccelerated)
            LstmCells<Lanes512<float>>(gates, cells, outputs, units, stride, members);
        else if (Vector256.IsHardwareAccelerated)
            LstmCells<Twin<Lanes256<float>, float>>(gates, cells, outputs, units, stride, members);
        else
            LstmCells<Twin<Lanes128<float>, float>>(gates, cells, outputs, units, stride, members);
    }

    /// <summary>In three passes: in one, the latency of its long chain of operations would be what counts, and the compiler would stop inlining.</summary>
    internal static unsafe void LstmCells<V>(float* gates, float* cells, float* outputs, int units, int stride, int members)
        where V : unmanaged, IVector<V, float>
    {
        ReciprocalGates<V>(gates, 2 * units, 4 * units, members);
        ReciprocalGates<V>(gates + 3 * units, units, 4 * units, members);
        LstmStates<V>(gates, cells, units, members);
        LstmOutputs<V>(gates, cells, outputs, units, stride, members);
    }

    /// <summary>Gates that come as −x are replaced by 1/σ(x).</summary>
    /// <param name="gates">The first ones of each member.</param>
    /// <param name="count">How many of a member, in whole vectors.</param>
    /// <param name="stride">Distance from one member to the next.</param>
    /// <param name="members">Members.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ReciprocalGates<V>(float* gates, int count, int stride, int members)
        where V : unmanaged, IVector<V, float>
    {
        for (; members > 0; members--, gates += stride)
            for (var j = 0; j < count; j += V.Count)
                OnePlusExp(V.Load(gates + j)).Store(gates + j);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void LstmStates<V>(float* gates, float* cells, int units, int members)
        where V : unmanaged, IVector<V, float>
    {
        for (; members > 0; members--, gates += 4 * units, cells += units)
            for (var j = 0; j < units; j += V.Count)
            {
                var forget = V.Load(gates + units + j);
                var (e, e2) = TanhParts(V.Load(gates + 2 * units + j));
                var weight = V.Load(gates + j) * e2;
                (V.Fused(V.Load(cells + j), weight, e * forget) / (weight * forget)).Store(cells + j);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void LstmOutputs<V>(float* gates, float* cells, float* outputs, int units, int stride, int members)
        where V : unmanaged, IVector<V, float>
    {
        for (gates += 3 * units; members > 0; members--, gates += 4 * units, cells += units, outputs += stride)
            for (var j = 0; j < units; j += V.Count)
            {
                var (e, e2) = TanhParts(V.Load(cells + j));
                (e / (V.Load(gates + j) * e2)).Store(outputs + j);
            }
    }

    /// <summary>
    /// The gated recurrent units of some members: n = tanh(a + σ(r)b), h' = n + σ(z)(h − n). The gates r and z come with their signs changed.
    /// </summary>
    /// <param name="gates">Their gates −r, −z, a, b, [members, 4, units]; overwritten.</param>
    /// <param name="states">Their states, the first units of rows [members, stride], updated.</param>
    /// <param name="units">Units of a member, a multiple of 16.</param>
    /// <param name="stride">Length of a row of states.</param>
    /// <param name="members">Members.</param>
    public static unsafe void GruCells(float* gates, float* states, int units, int stride, int members)
    {
        if (Vector512.IsHardwareAccelerated)
            GruCells<Lanes512<float>>(gates, states, units, stride, members);
        else if (Vector256.IsHardwareAccelerated)
            GruCells<Twin<Lanes256<float>, float>>(gates, states, units, stride, members);
        else
            GruCells<Twin<Lanes128<float>, float>>(gates, states, units, stride, members);
    }

    /// <summary>In two passes, as <see cref="LstmCells{V}"/> has three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void GruCells<V>(float* gates, float* states, int units, int stride, int members)
        where V : unmanaged, IVector<V, float>
    {
        ReciprocalGates<V>(gates, 2 * units, 4 * units, members);
        for (; members > 0; members--, gates += 4 * units, states += stride)
            for (var j = 0; j < units; j += V.Count)
            {
                var candidate = TanhFunction.Of(V.Load(gates + 2 * units + j) + V.Load(gates + 3 * units + j) / V.Load(gates + j));
                (candidate + (V.Load(states + j) - candidate) / V.Load(gates + units + j)).Store(states + j);
            }
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

    /// <summary>x = n ln 2 + r with |r| ≤ ln 2 / 2, off by at most n·2e-9, as (2ⁿ, r); x at most 87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Scale, V R) Reduce<V>(V x)
        where V : unmanaged, IVector<V, float>
    {
        x = V.Max(V.Of(-Largest), x); // with x as the second operand NaN stays NaN on every machine
        var magic = V.Of(12582912f);  // adding 1.5·2²³ rounds to an integer
        var shifted = V.Fused(x, V.Of(1.44269504f), magic);
        var r = V.Fused(shifted - magic, V.Of(-0.693147180559945f), x);
        return (V.PowerOfTwo(shifted, magic), r);
    }

    /// <summary>e^x − 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpM1<V>(V x)
        where V : unmanaged, IVector<V, float>
    {
        // e^r − 1 = r + r²q(r) with a minimax q of degree 4 (Lawson's iteration): relative error below 1.4e-8.
        var (scale, r) = Reduce(x);
        var q = V.Of(0.0013946497f);
        q = V.Fused(q, r, V.Of(0.0083666109f));
        q = V.Fused(q, r, V.Of(0.0416662805f));
        q = V.Fused(q, r, V.Of(0.1666654348f));
        q = V.Fused(q, r, V.Of(0.5f));
        var p = V.Fused(q * r, r, r);
        return V.Fused(scale, p, scale - V.Of(1));
    }

    /// <summary>1 + e^x, with x cut at 28, beyond which 1/(1 + e^x) does not count beside 1 in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OnePlusExp<V>(V x)
        where V : unmanaged, IVector<V, float>
    {
        // e^r = 1 + r·q(r) with a minimax q of degree 4 (Lawson's iteration): relative error below 1e-7.
        var (scale, r) = Reduce(V.Min(V.Of(28), x));
        var q = V.Of(0.0083794417f);
        q = V.Fused(q, r, V.Of(0.0418997332f));
        q = V.Fused(q, r, V.Of(0.1666635871f));
        q = V.Fused(q, r, V.Of(0.4999913275f));
        q = V.Fused(q, r, V.Of(1));
        return V.Fused(scale, V.Fused(q, r, V.Of(1)), V.Of(1));
    }

    /// <summary>E and E + 2, whose quotient is tanh x, with E = e^{2x} − 1 and 2x cut at 20, where tanh x is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V E, V E2) TanhParts<V>(V x)
        where V : unmanaged, IVector<V, float>
    {
        var e = ExpM1(V.Min(V.Of(20), x + x));
        return (e, e + V.Of(2));
    }

    /// <summary>Replaces numbers by a function of them, with the widest vectors of the machine.</summary>
    private static unsafe void Apply<TFunction>(float* x, int length)
        where TFunction : struct, IFunction
    {
        if (Vector512.IsHardwareAccelerated)
            Apply<TFunction, Lanes512<float>>(x, length);
        else if (Vector256.IsHardwareAccelerated)
            Apply<TFunction, Twin<Lanes256<float>, float>>(x, length);
        else
            Apply<TFunction, Lanes128<float>>(x, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Apply<TFunction, V>(float* x, int length)
        where TFunction : struct, IFunction
        where V : unmanaged, IVector<V, float>
    {
        for (var i = 0; i < length; i += V.Count)
            TFunction.Of(V.Load(x + i)).Store(x + i);
    }

    private readonly struct TanhFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x)
            where V : unmanaged, IVector<V, float>
        {
            var (e, e2) = TanhParts(x);
            return e / e2;
        }
    }

    private readonly struct HalfTanhFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x)
            where V : unmanaged, IVector<V, float> => V.Fused(V.Of(0.5f), TanhFunction.Of(x), V.Of(0.5f));
    }

    private readonly struct CeluFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x)
            where V : unmanaged, IVector<V, float> => V.Positive(x, ExpM1(V.Min(V.Of(0), x)));
    }

    private readonly struct ReluFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<V>(V x)
            where V : unmanaged, IVector<V, float> => V.Max(V.Of(0), x);
    }
}
