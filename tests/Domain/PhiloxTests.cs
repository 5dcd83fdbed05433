using LedCluster.Domain.Randomness;

namespace LedCluster.Domain.Tests;

public class PhiloxTests
{
    /// <summary>Known-answer vectors published with the generator (Random123, kat_vectors, philox4x32 10 rounds).</summary>
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdcceb, 0x5001e420u, 0x24126ea1u)]
    public void Block_matches_the_published_vectors(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Values_depend_on_the_key_and_the_index_alone()
    {
        double[] Draw(uint member)
        {
            var random = new Philox(7, member, step: 3, stream: 1);
            return [.. Enumerable.Range(0, 9).Select(_ => random.NextUniform())];
        }
        var alone = Draw(5);
        Draw(4);
        Assert.Equal(alone, Draw(5));
        Assert.NotEqual(alone, Draw(6));
        Assert.Equal(9, alone.Distinct().Count());
    }

    [Fact]
    public void Uniform_and_normal_have_their_exact_moments_within_four_standard_errors()
    {
        var random = new Philox(1, 0, 0, 0);
        const int n = 200_000;
        var uniform = Enumerable.Range(0, n).Select(_ => random.NextUniform()).ToArray();
        var normal = Enumerable.Range(0, n).Select(_ => random.NextNormal()).ToArray();
        Assert.All(uniform, x => Assert.InRange(x, 0, Math.BitDecrement(1.0)));
        Assert.InRange(uniform.Average(), 0.5 - 4 / Math.Sqrt(12.0 * n), 0.5 + 4 / Math.Sqrt(12.0 * n));
        Assert.InRange(normal.Average(), -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(normal.Average(x => x * x), 1 - 4 * Math.Sqrt(2.0 / n), 1 + 4 * Math.Sqrt(2.0 / n));
    }
}
