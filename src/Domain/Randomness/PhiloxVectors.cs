using System.Runtime.CompilerServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Domain.Randomness;

/// <summary>
/// <see cref="Philox"/> of as many streams at once as a vector has lanes, and standard normal numbers of it: Box–Muller in float32 from 32 bits each, with our
/// own polynomials, so that the bits are the same on every machine and at every SIMD width. Normal numbers reach 6.7 in magnitude.
/// </summary>
public static class PhiloxVectors
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    private static ReadOnlySpan<uint> Indices => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>The streams first, first + 1, …, one in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe V Streams<V>(uint first)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        fixed (uint* indices = Indices)
            return V.AddWords(V.OfWord(first), V.Load((float*)indices));
    }

    /// <summary>A block of 128 bits of each stream, as <see cref="Philox.Block"/> gives it.</summary>
    /// <param name="block">Index of the block within the stream.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="step">Coarse step within the member's life.</param>
    /// <param name="streams">The streams.</param>
    /// <param name="seed">Seed of the run.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V X0, V X1, V X2, V X3) Block<V>(uint block, uint member, uint step, V streams, ulong seed)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        var (c0, c1, c2, c3) = (V.OfWord(block), V.OfWord(member), V.OfWord(step), streams);
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (low0, high0) = V.Product(c0, M0);
            var (low1, high1) = V.Product(c2, M1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ V.OfWord(k0), low1, high0 ^ c3 ^ V.OfWord(k1), low0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Four standard normal numbers of each stream, from a block of each.</summary>
    /// <inheritdoc cref="Block"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V N0, V N1, V N2, V N3) Normals<V>(uint block, uint member, uint step, V streams, ulong seed)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        var (x0, x1, x2, x3) = Block(block, member, step, streams, seed);
        var (n0, n1) = Pair(x0, x1);
        var (n2, n3) = Pair(x2, x3);
        return (n0, n1, n2, n3);
    }

    /// <summary>Numbers uniform on (0, 1], of 31 bits of each word x: (⌊x/2⌋ + ½)/2³¹.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Uniform<V>(V words)
        where V : unmanaged, IVector<V, float>, IWords<V> => V.Fused(V.ToSingle(V.ShiftRight(words, 1)), V.Of(1f / (1u << 31)), V.Of(0.5f / (1u << 31)));

    /// <summary>Two independent standard normal numbers from two of 32 bits: √(−2 ln u) times cosine and sine of an angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V Cosine, V Sine) Pair<V>(V forRadius, V forAngle)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        var radius = V.Sqrt(MinusTwoLog(Uniform(forRadius)));
        // The angle in turns is q/4 + t with |t| ≤ ⅛; sine and cosine change places in odd quarters.
        var turns = V.ToSingle(forAngle) * V.Of(1f / 4294967296f);
        var magic = V.Of(12582912f); // adding 1.5·2²³ rounds to an integer
        var shifted = V.Fused(turns, V.Of(4f), magic);
        var t = V.Fused(shifted - magic, V.Of(-0.25f), turns);
        var square = t * t;
        // Minimax polynomials (Lawson's iteration): sin 2πt = t s(t²) to 4e-9, cos 2πt = 1 + t² c(t²) to 4e-8.
        var s = V.Fused(V.Of(-75.393555f), square, V.Of(81.592354f));
        s = V.Fused(s, square, V.Of(-41.341663f));
        s = V.Fused(s, square, V.Of(6.2831855f)) * t;
        var c = V.Fused(V.Of(-83.66592f), square, V.Of(64.923225f));
        c = V.Fused(V.Fused(c, square, V.Of(-19.739168f)), square, V.Of(1));
        var odd = V.ShiftRightSigned(V.ShiftLeft(shifted, 31), 31); // the last two bits of the quarter's word are those of q
        var sign = V.OfWord(0x80000000u);
        var cosine = V.Select(odd, s, c) ^ (V.ShiftLeft(V.AddWords(shifted, V.OfWord(1)), 30) & sign);
        var sine = V.Select(odd, c, s) ^ (V.ShiftLeft(shifted, 30) & sign);
        return (radius * cosine, radius * sine);
    }

    /// <summary>−2 ln u, u from 2⁻³² to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V MinusTwoLog<V>(V u)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        // u = 2ᵉ(1 + f) with 1 + f from √½ to √2; ln(1 + f) = f − f²/2 + f³ p(f), minimax p (Lawson's iteration), relative error below 4e-8.
        var offset = V.OfWord(0x3F3504F3); // √½
        var bits = V.SubtractWords(u, offset);
        var e = V.ToSingle(V.ShiftRightSigned(bits, 23));
        var f = V.AddWords(bits & V.OfWord(0x007FFFFF), offset) - V.Of(1);
        var p = V.Fused(V.Of(0.08700443f), f, V.Of(-0.14267497f));
        p = V.Fused(p, f, V.Of(0.14914769f));
        p = V.Fused(p, f, V.Of(-0.16577584f));
        p = V.Fused(p, f, V.Of(0.19963063f));
        p = V.Fused(p, f, V.Of(-0.25001338f));
        p = V.Fused(p, f, V.Of(0.3333391f));
        var log = V.Fused(V.Fused(p, f, V.Of(-0.5f)) * f, f, f);
        return V.Fused(e, V.Of(0.6931472f), log) * V.Of(-2f);
    }
}
