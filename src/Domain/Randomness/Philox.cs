namespace LedCluster.Domain.Randomness;

/// <summary>
/// Philox4x32-10, a counter-based generator (Salmon et al. 2011, doi:10.1145/2063384.2063405). A value depends only on
/// (seed, member, step, stream) and its index, never on threads, order or batches.
/// </summary>
/// <param name="seed">Seed of the run.</param>
/// <param name="member">Index of the member.</param>
/// <param name="step">Coarse step within the member's life.</param>
/// <param name="stream">Independent stream within the step.</param>
public struct Philox(ulong seed, uint member, uint step, uint stream)
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    private uint block;
    private ulong spare;
    private bool hasSpare;

    /// <summary>The generator's ten-round bijection of a 128-bit counter under a 64-bit key.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round++)
        {
            var p0 = (ulong)M0 * c0;
            var p1 = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += W0;
            k1 += W1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Next number, uniform on [0, 1), with 53 random bits.</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Next number, uniform on [low, high).</summary>
    public double NextUniform(double low, double high) => low + (high - low) * NextUniform();

    /// <summary>Next integer, uniform on [0, count) with a bias below count/2⁵³.</summary>
    public int NextIndex(int count) => (int)(NextUniform() * count);

    /// <summary>Next number of the standard normal distribution (Box–Muller).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextUniform()));
        return radius * Math.Cos(2 * Math.PI * NextUniform());
    }

    private ulong NextBits()
    {
        if (hasSpare)
        {
            hasSpare = false;
            return spare;
        }
        var (x0, x1, x2, x3) = Block(block++, member, step, stream, (uint)seed, (uint)(seed >> 32));
        spare = (ulong)x2 << 32 | x3;
        hasSpare = true;
        return (ulong)x0 << 32 | x1;
    }
}
