using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LedCluster.Domain.Randomness;

/// <summary>
/// <see cref="Philox"/> of sixteen streams at once, one in each lane, and standard normal numbers of it: Box–Muller in float32 from 32 bits each, with our
/// own polynomials, so that the bits are the same on every machine. Normal numbers reach 6.7 in magnitude.
/// </summary>
public static class PhiloxVectors
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>The streams first, first + 1, …, first + 15.</summary>
    public static Vector512<uint> Streams(uint first) => Vector512.Create(first) + Vector512<uint>.Indices;

    /// <summary>A block of 128 bits of each stream, as <see cref="Philox.Block"/> gives it.</summary>
    /// <param name="block">Index of the block within the stream.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="step">Coarse step within the member's life.</param>
    /// <param name="streams">The streams.</param>
    /// <param name="seed">Seed of the run.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<uint> X0, Vector512<uint> X1, Vector512<uint> X2, Vector512<uint> X3) Block(uint block, uint member, uint step, Vector512<uint> streams, ulong seed)
    {
        var (c0, c1, c2, c3) = (Vector512.Create(block), Vector512.Create(member), Vector512.Create(step), streams);
        var (k0, k1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < 10; round++)
        {
            var (low0, high0) = Product(c0, M0);
            var (low1, high1) = Product(c2, M1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ Vector512.Create(k0), low1, high0 ^ c3 ^ Vector512.Create(k1), low0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Four standard normal numbers of each stream, from a block of each.</summary>
    /// <inheritdoc cref="Block"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> N0, Vector512<float> N1, Vector512<float> N2, Vector512<float> N3) Normals(uint block, uint member, uint step, Vector512<uint> streams, ulong seed)
    {
        var (x0, x1, x2, x3) = Block(block, member, step, streams, seed);
        var (n0, n1) = Pair(x0, x1);
        var (n2, n3) = Pair(x2, x3);
        return (n0, n1, n2, n3);
    }

    /// <summary>Numbers uniform on (0, 1], of 31 bits: (⌊x/2⌋ + ½)/2³¹.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Uniform(Vector512<uint> x) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.ShiftRightLogical(x, 1).AsInt32()), Vector512.Create(1f / (1u << 31)), Vector512.Create(0.5f / (1u << 31)));

    /// <summary>Two independent standard normal numbers from two of 32 bits: √(−2 ln u) times cosine and sine of an angle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Cosine, Vector512<float> Sine) Pair(Vector512<uint> forRadius, Vector512<uint> forAngle)
    {
        var radius = Vector512.Sqrt(MinusTwoLog(Uniform(forRadius)));
        // The angle in turns is q/4 + t with |t| ≤ ⅛; sine and cosine change places in odd quarters.
        var turns = Vector512.ConvertToSingle(forAngle.AsInt32()) * Vector512.Create(1f / 4294967296f);
        var magic = Vector512.Create(12582912f); // adding 1.5·2²³ rounds to an integer
        var shifted = Vector512.FusedMultiplyAdd(turns, Vector512.Create(4f), magic);
        var t = Vector512.FusedMultiplyAdd(shifted - magic, Vector512.Create(-0.25f), turns);
        var square = t * t;
        // Minimax polynomials (Lawson's iteration): sin 2πt = t s(t²) to 4e-9, cos 2πt = 1 + t² c(t²) to 4e-8.
        var s = Vector512.FusedMultiplyAdd(Vector512.Create(-75.393555f), square, Vector512.Create(81.592354f));
        s = Vector512.FusedMultiplyAdd(s, square, Vector512.Create(-41.341663f));
        s = Vector512.FusedMultiplyAdd(s, square, Vector512.Create(6.2831855f)) * t;
        var c = Vector512.FusedMultiplyAdd(Vector512.Create(-83.66592f), square, Vector512.Create(64.923225f));
        c = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(c, square, Vector512.Create(-19.739168f)), square, Vector512<float>.One);
        var quarter = shifted.AsUInt32(); // its last two bits are those of q
        var odd = Vector512.ShiftLeft(quarter, 31).AsInt32() >> 31;
        var cosine = Vector512.ConditionalSelect(odd.AsSingle(), s, c).AsUInt32() ^ (Vector512.ShiftLeft(quarter + Vector512<uint>.One, 30) & Vector512.Create(0x80000000u));
        var sine = Vector512.ConditionalSelect(odd.AsSingle(), c, s).AsUInt32() ^ (Vector512.ShiftLeft(quarter, 30) & Vector512.Create(0x80000000u));
        return (radius * cosine.AsSingle(), radius * sine.AsSingle());
    }

    /// <summary>−2 ln u, u from 2⁻³² to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> MinusTwoLog(Vector512<float> u)
    {
        // u = 2ᵉ(1 + f) with 1 + f from √½ to √2; ln(1 + f) = f − f²/2 + f³ p(f), minimax p (Lawson's iteration), relative error below 4e-8.
        var offset = Vector512.Create(0x3F3504F3); // √½
        var bits = u.AsInt32() - offset;
        var e = Vector512.ConvertToSingle(bits >> 23);
        var f = ((bits & Vector512.Create(0x007FFFFF)) + offset).AsSingle() - Vector512<float>.One;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(0.08700443f), f, Vector512.Create(-0.14267497f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.14914769f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.16577584f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.19963063f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.25001338f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.3333391f));
        var log = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.5f)) * f, f, f);
        return Vector512.FusedMultiplyAdd(e, Vector512.Create(0.6931472f), log) * Vector512.Create(-2f);
    }

    /// <summary>Low and high half of x·factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<uint> Low, Vector512<uint> High) Product(Vector512<uint> x, uint factor)
    {
        var (wide, by) = (x.AsUInt64(), Vector512.Create((ulong)factor));
        var even = Wide(wide, by);
        var odd = Wide(Vector512.ShiftRightLogical(wide, 32), by);
        var upper = Vector512.Create(0xFFFFFFFF00000000UL);
        return (Vector512.ConditionalSelect(upper, Vector512.ShiftLeft(odd, 32), even).AsUInt32(), Vector512.ConditionalSelect(upper, odd, Vector512.ShiftRightLogical(even, 32)).AsUInt32());
    }

    /// <summary>Products of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Wide(Vector512<ulong> x, Vector512<ulong> y) =>
        Avx512F.IsSupported ? Avx512F.Multiply(x.AsUInt32(), y.AsUInt32())
        : Avx2.IsSupported ? Vector512.Create(Avx2.Multiply(x.GetLower().AsUInt32(), y.GetLower().AsUInt32()), Avx2.Multiply(x.GetUpper().AsUInt32(), y.GetUpper().AsUInt32()))
        : (x & Vector512.Create(0xFFFFFFFFUL)) * y;
}
