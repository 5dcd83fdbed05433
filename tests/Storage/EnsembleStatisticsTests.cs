using LedCluster.Domain.Randomness;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Tests;

public sealed class EnsembleStatisticsTests
{
    private const int Frames = 5, Cells = 21;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Agree_with_a_naive_implementation(int members)
    {
        int[] all = [.. Enumerable.Range(0, members)];
        var block = Assert.Single(Compute(all, int.MaxValue / 2, 1));
        for (var cell = 0; cell < Frames * Cells; cell++)
        {
            double[] sorted = [.. all.Select(m => (double)Value(m, cell / Cells, cell % Cells)).Order()];
            var mean = sorted.Sum() / members;
            Assert.Equal(mean, block.Mean[cell], 1e-12);
            var std = members > 1 ? Math.Sqrt(sorted.Sum(x => (x - mean) * (x - mean)) / (members - 1)) : double.NaN;
            Assert.Equal(std, block.Std[cell], 1e-12);
            Assert.Equal((float)sorted[0], block.Minimum[cell]);
            Assert.Equal((float)sorted[^1], block.Maximum[cell]);
            for (var q = 0; q < 5; q++)
            {
                var rank = EnsembleStatistics.Quantiles[q] * (members - 1);
                var (low, high) = (sorted[(int)rank], sorted[(int)Math.Ceiling(rank)]);
                var exact = low + (rank - Math.Floor(rank)) * (high - low);
                Assert.Equal(exact, block.Quantile[q * Frames * Cells + cell], (sorted[^1] - sorted[0]) / 256 + 1e-6);
            }
        }
    }

    [Theory]
    [InlineData(int.MaxValue / 2, 2)] // one block, in parallel
    [InlineData(2 * 40 * Cells * 4, 2)] // two frames at a time
    [InlineData(7 * Cells * 4, 1)] // seven members at a time
    [InlineData(1, 1)] // a member at a time
    public void Bits_do_not_depend_on_blocks_or_threads(int blockBytes, int degree)
    {
        int[] members = [.. Enumerable.Range(0, 40).Where(m => m % 9 != 4)];
        var whole = Assert.Single(Compute(members, int.MaxValue / 2, 1));
        var parts = Compute(members, blockBytes, degree);
        Assert.Equal(whole.Mean, parts.SelectMany(p => p.Mean));
        Assert.Equal(whole.Std, parts.SelectMany(p => p.Std));
        Assert.Equal(whole.Minimum, parts.SelectMany(p => p.Minimum));
        Assert.Equal(whole.Maximum, parts.SelectMany(p => p.Maximum));
        for (var q = 0; q < 5; q++)
            Assert.Equal(
                whole.Quantile.Skip(q * Frames * Cells).Take(Frames * Cells),
                parts.SelectMany(p => p.Quantile.Skip(q * p.Frames * Cells).Take(p.Frames * Cells)));
    }

    [Fact]
    public void No_member_gives_NaN()
    {
        var block = Assert.Single(Compute([], 1 << 20, 1));
        Assert.All(block.Mean, x => Assert.True(double.IsNaN(x)));
        Assert.All(block.Quantile, x => Assert.True(float.IsNaN(x)));
    }

    /// <summary>Cells differ in offset and spread; cell 0 is constant.</summary>
    private static float Value(int member, int frame, int cell) =>
        (float)(cell + cell * new Philox(1, (uint)member, (uint)frame, (uint)cell).NextNormal());

    private static List<StatisticsBlock> Compute(int[] members, int blockBytes, int degree)
    {
        var blocks = new List<StatisticsBlock>();
        EnsembleStatistics.Compute(members, Frames, Cells, new KeptFrames(Cells, Source, null), Keep, degree, blockBytes);
        Assert.Equal(Frames, blocks.Sum(b => b.Frames));
        return blocks;

        void Keep(StatisticsBlock b) => // its arrays are used again
            blocks.Add(b with { Mean = [.. b.Mean], Std = [.. b.Std], Minimum = [.. b.Minimum], Maximum = [.. b.Maximum], Quantile = [.. b.Quantile] });

        static void Source(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block)
        {
            Assert.Equal(members.Length * frames * Cells, block.Length);
            for (var m = 0; m < members.Length; m++)
                for (var f = 0; f < frames; f++)
                    for (var c = 0; c < Cells; c++)
                        block[(m * frames + f) * Cells + c] = Value(members[m], firstFrame + f, c);
        }
    }
}
