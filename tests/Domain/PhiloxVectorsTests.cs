using System.Runtime.Intrinsics;
using LedCluster.Domain.Randomness;

namespace LedCluster.Domain.Tests;

public class PhiloxVectorsTests
{
    [Fact]
    public void Each_lane_is_the_block_of_its_stream()
    {
        var (x0, x1, x2, x3) = PhiloxVectors.Block(17, 5, 9, PhiloxVectors.Streams(0xFFFFFFF8), 0x123456789ABCDEF0);
        for (var lane = 0; lane < 16; lane++)
            Assert.Equal(Philox.Block(17, 5, 9, unchecked(0xFFFFFFF8 + (uint)lane), 0x9ABCDEF0, 0x12345678), (x0[lane], x1[lane], x2[lane], x3[lane]));
    }

    [Fact]
    public void Normal_numbers_are_those_of_Box_and_Muller()
    {
        for (var block = 0u; block < 2000; block++)
        {
            var (x0, x1, x2, x3) = PhiloxVectors.Block(block, 1, 2, PhiloxVectors.Streams(0), 3);
            var (n0, n1, n2, n3) = PhiloxVectors.Normals(block, 1, 2, PhiloxVectors.Streams(0), 3);
            for (var lane = 0; lane < 16; lane++)
            {
                Close(x0[lane], x1[lane], n0[lane], n1[lane]);
                Close(x2[lane], x3[lane], n2[lane], n3[lane]);
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
            var (a, b, c, d) = PhiloxVectors.Normals(block, 0, 0, PhiloxVectors.Streams(0), 1);
            for (var lane = 0; lane < 16; lane++)
            {
                foreach (var x in (float[])[a[lane], b[lane], c[lane], d[lane]])
                {
                    for (var p = 1; p < 5; p++)
                        powers[p] += Math.Pow(x, p);
                    for (var k = 1; k < 4; k++)
                        beyond[k - 1] += Math.Abs(x) > k ? 1 : 0;
                    n++;
                }
                pairs += a[lane] * b[lane];
            }
        }
        double[] exact = [0, 0, 1, 0, 3], variance = [0, 1, 2, 15, 96], outside = [0.3173105, 0.0455003, 0.0026998];
        for (var p = 1; p < 5; p++)
            Assert.Equal(exact[p], powers[p] / n, 4 * Math.Sqrt(variance[p] / n));
        for (var k = 0; k < 3; k++)
            Assert.Equal(outside[k], (double)beyond[k] / n, 4 * Math.Sqrt(outside[k] / n));
        Assert.Equal(0, pairs / (n / 4), 4 / Math.Sqrt(n / 4.0));
    }
}
