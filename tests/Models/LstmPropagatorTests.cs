using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Tests;

public class LstmPropagatorTests
{
    private const int D = 2;

    private static float[][] Weights(int h) =>
    [
        DenseLayerTests.Noise(4 * h * D, 1), DenseLayerTests.Noise(4 * h * h, 2), DenseLayerTests.Noise(4 * h, 3),
        DenseLayerTests.Noise(4 * h, 4), DenseLayerTests.Noise(D * h, 5), DenseLayerTests.Noise(D, 6),
    ];

    private static LstmPropagator Build(int h)
    {
        var w = Weights(h);
        return new LstmPropagator(w[0], w[1], w[2], w[3], w[4], w[5], [-1, 2], [3, 4]);
    }

    /// <summary>The cell as the equations have it, in float64.</summary>
    private static double[] ReferenceStep(int h, double[] z, double[] hidden, double[] cell)
    {
        var w = Weights(h);
        double[] x = [(z[0] + 1) / 4, (z[1] - 2) / 2];
        double Gate(int g, int j)
        {
            double sum = w[2][g * h + j] + w[3][g * h + j];
            for (var k = 0; k < D; k++)
                sum += w[0][(g * h + j) * D + k] * x[k];
            for (var k = 0; k < h; k++)
                sum += w[1][(g * h + j) * h + k] * hidden[k];
            return sum;
        }
        static double σ(double v) => 1 / (1 + Math.Exp(-v));
        double[] c = [.. cell.Select((old, j) => σ(Gate(1, j)) * old + σ(Gate(0, j)) * Math.Tanh(Gate(2, j)))];
        double[] y = [.. c.Select((v, j) => σ(Gate(3, j)) * Math.Tanh(v))];
        y.CopyTo(hidden, 0);
        c.CopyTo(cell, 0);
        return [.. Enumerable.Range(0, D).Select(k =>
        {
            var s = 0.5 + 0.5 * Math.Tanh(w[5][k] + Enumerable.Range(0, h).Sum(j => w[4][k * h + j] * y[j]));
            return k == 0 ? -1 + 4 * s : 2 + 2 * s;
        })];
    }

    [Theory]
    [InlineData(32)]
    [InlineData(25)] // not a whole number of vectors
    public void Warm_up_and_free_run_agree_with_the_equations(int h)
    {
        var lstm = Build(h);
        float[] known = [.5f, 2.5f, 1, 3, 2, 3.5f];
        var memory = new float[lstm.MemorySize];
        var path = new float[40 * D];
        lstm.Feed(known.AsSpan(0, 4), StepContext.Of(1), memory);
        lstm.Run(known.AsSpan(4), StepContext.Of(1), memory, path);

        var (hidden, cell) = (new double[h], new double[h]);
        ReferenceStep(h, [.5, 2.5], hidden, cell);
        ReferenceStep(h, [1, 3], hidden, cell);
        double[] z = [2, 3.5];
        for (var s = 0; s < 40; s++)
        {
            z = ReferenceStep(h, z, hidden, cell);
            Assert.Equal(z[0], path[s * D], 1e-5);
            Assert.Equal(z[1], path[s * D + 1], 1e-5);
        }
    }

    [Fact]
    public void A_members_bits_do_not_depend_on_its_company_nor_on_where_a_run_is_cut()
    {
        const int members = 21, steps = 12;
        var lstm = Build(32);
        var start = DenseLayerTests.Noise(members * D, 9);
        var (memory, path) = (new float[members * lstm.MemorySize], new float[steps * members * D]);
        lstm.Run(start, StepContext.Of(members), memory, path);
        foreach (var m in (int[])[0, 15, 16, 20])
        {
            var (own, first, second) = (new float[lstm.MemorySize], new float[5 * D], new float[7 * D]);
            lstm.Run(start.AsSpan(m * D, D), StepContext.Of(1), own, first);
            lstm.Run(first.AsSpan(4 * D), StepContext.Of(1), own, second);
            var expected = Enumerable.Range(0, steps).SelectMany(s => path[((s * members + m) * D)..((s * members + m + 1) * D)]);
            Assert.Equal(expected, first.Concat(second));
            Assert.Equal(memory[(m * lstm.MemorySize)..((m + 1) * lstm.MemorySize)], own);
        }
    }
}
