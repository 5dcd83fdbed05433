using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;

namespace LedCluster.Domain.Tests;

public class PhiloxVectorsTests
{
    [Fact]
    public void Each_lane_is_the_block_of_its_stream_at_every_width()
    {
        Check<Lanes128<float>>();
        Check<Lanes256<float>>();
        Check<Lanes512<float>>();

        static void Check<V>()
            where V : unmanaged, IVector<V, float>, IWords<V>
        {
            var (x0, x1, x2, x3) = PhiloxVectors.Block(17, 5, 9, PhiloxVectors.Streams<V>(0xFFFFFFFE), 0x123456789ABCDEF0);
            for (var lane = 0; lane < V.Count; lane++)
                Assert.Equal(
                    Philox.Block(17, 5, 9, unchecked(0xFFFFFFFE + (uint)lane), 0x9ABCDEF0, 0x12345678),
                    (Words(x0)[lane], Words(x1)[lane], Words(x2)[lane], Words(x3)[lane]));
        }
    }

    [Fact]
    public void Normal_numbers_have_the_same_bits_at_every_width()
    {
        for (var block = 0u; block < 2000; block++)
        {
            var wide = Normals<Lanes512<float>>(block, 0);
            for (var first = 0; first < 16; first += 8)
                Assert.Equal(wide.Select(n => n[first..(first + 8)]), Normals<Lanes256<float>>(block, (uint)first));
            for (var first = 0; first < 16; first += 4)
                Assert.Equal(wide.Select(n => n[first..(first + 4)]), Normals<Lanes128<float>>(block, (uint)first));
        }
    }

    [Fact]
    public void Normal_numbers_are_those_of_Box_and_Muller()
    {
        for (var block = 0u; block < 2000; block++)
        {
            var (x0, x1, x2, x3) = PhiloxVectors.Block(block, 1, 2, PhiloxVectors.Streams<Lanes256<float>>(0), 3);
            var n = Normals<Lanes256<float>>(block, 0);
            for (var lane = 0; lane < 8; lane++)
            {
                Close(Words(x0)[lane], Words(x1)[lane], n[0][lane], n[1][lane]);
                Close(Words(x2)[lane], Words(x3)[lane], n[2][lane], n[3][lane]);
            }
        }

        static void Close(uint forRadius, uint forAngle, float first, float second)
        {
            var (radius, angle) = (Math.Sqrt(-2 * Math.Log((float)(((forRadius >> 1) + 0.5) / (1u << 31)))), 2 * Math.PI * (int)forAngle / 4294967296.0);
            Assert.Equal(radius * Math.Cos(angle), first, 2e-6 * Math.Max(1, radius));
            Assert.Equal(radius * Math.Sin(angle), second, 2e-6 * Math.Max(1, radius));
        }
    }

    [Fact]
    public void Normal_numbers_have_the_exact_moments_and_tails_within_four_standard_errors()
    {
        var (powers, beyond, pairs, n) = (new double[5], new int[3], 0.0, 0);
        for (var block = 0u; block < 20_000; block++)
        {
            var normals = Normals<Lanes512<float>>(block, 0);
            for (var lane = 0; lane < 16; lane++)
            {
                foreach (var x in normals.Select(n => n[lane]))
                {
                    for (var p = 1; p < 5; p++)
                        powers[p] += Math.Pow(x, p);
                    for (var k = 1; k < 4; k++)
                        beyond[k - 1] += Math.Abs(x) > k ? 1 : 0;
                    n++;
                }
                pairs += normals[0][lane] * normals[1][lane];
            }
        }
        double[] exact = [0, 0, 1, 0, 3], variance = [0, 1, 2, 15, 96], outside = [0.3173105, 0.0455003, 0.0026998];
        for (var p = 1; p < 5; p++)
            Assert.Equal(exact[p], powers[p] / n, 4 * Math.Sqrt(variance[p] / n));
        for (var k = 0; k < 3; k++)
            Assert.Equal(outside[k], (double)beyond[k] / n, 4 * Math.Sqrt(outside[k] / n));
        Assert.Equal(0, pairs / (n / 4), 4 / Math.Sqrt(n / 4.0));
    }

    private static float[][] Normals<V>(uint block, uint first)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        var (a, b, c, d) = PhiloxVectors.Normals(block, 1, 2, PhiloxVectors.Streams<V>(first), 3);
        return [.. ((V[])[a, b, c, d]).Select(x => Array.ConvertAll(Words(x), BitConverter.UInt32BitsToSingle))];
    }

    private static unsafe uint[] Words<V>(V x)
        where V : unmanaged, IVector<V, float>
    {
        var words = new uint[V.Count];
        fixed (uint* to = words)
            x.Store((float*)to);
        return words;
    }
}
