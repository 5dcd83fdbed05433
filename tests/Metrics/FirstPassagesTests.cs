using LedCluster.Domain.Randomness;

namespace LedCluster.Metrics.Tests;

public class FirstPassagesTests
{
    /// <summary>Three states in a row, p = 0.1 to each neighbour; the exact times are those of the two linear equations below.</summary>
    [Fact]
    public void Counting_and_the_chain_give_the_times_of_a_walk_between_three_states()
    {
        const double p = 0.1;
        var random = new Philox(3, 0, 0, 0);
        int[][] paths = [.. Enumerable.Range(0, 20).Select(_ => new int[20_000])];
        foreach (var path in paths)
            for (var f = 1; f < path.Length; f++)
            {
                var u = random.NextUniform();
                path[f] = Math.Clamp(path[f - 1] + (u < p ? -1 : u < 2 * p ? 1 : 0), 0, 2);
            }
        // From 0 to 2: τ₀ = 1/p + τ₁ and 2p τ₁ = 1 + p τ₀, hence τ₀ = 3/p, τ₁ = 2/p.
        double[,] exact = { { double.NaN, 1 / p, 3 / p }, { 2 / p, double.NaN, 2 / p }, { 3 / p, 1 / p, double.NaN } };
        var (counted, chain) = (FirstPassages.Counted(paths, 3), FirstPassages.OfChain(paths, 3, [0, 1, 2], 3));
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                Assert.Equal(double.IsNaN(exact[i, j]), double.IsNaN(chain[i, j]));
                if (i == j)
                    continue;
                Assert.InRange(counted[i, j] / exact[i, j], 0.96, 1.04);
                Assert.InRange(chain[i, j] / exact[i, j], 0.97, 1.03);
            }
        Assert.True(double.IsNaN(FirstPassages.Counted([[0, 0, -1]], 2)[0, 1]));
    }

    /// <summary>Two of five known steps from cell 0 lead to cell 1; of the sixth, to a cell in which the path ends, nothing is known.</summary>
    [Fact]
    public void A_cell_that_no_step_leaves_is_no_arrival()
    {
        var times = FirstPassages.OfChain([[0, 0, 1, 0, 0, 1, 0, 0, 2]], 3, [0, 1, -1], 2);
        Assert.Equal(2.5, times[0, 1], 1e-12);
        Assert.Equal(1, times[1, 0], 1e-12);
        Assert.True(double.IsNaN(FirstPassages.OfChain([[0, 0, 0, 1, 2]], 3, [0, 1, -1], 2)[0, 1]));
        Assert.True(double.IsNaN(FirstPassages.OfChain([[0]], 1, [0], 2)[0, 1]));
    }
}
