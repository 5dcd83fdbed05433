using LedCluster.Domain.Randomness;
using LedCluster.Solvers.Langevin;

namespace LedCluster.Metrics.Tests;

/// <summary>
/// Mean first-passage times of overdamped motion, dx = −∇V dt + √(2T) dW, by the backward Kolmogorov equation T Δτ − ∇V·∇τ = −1, τ = 0 in
/// the target, between reflecting walls: on cells of width h with rates T/h² exp((V_i − V_j)/2T) between neighbours i, j, −1 = Σ_j q_ij
/// (τ_j − τ_i), of second order in h. The walk with these rates has exactly these times.
/// </summary>
public class KolmogorovTests
{
    /// <summary>Cells within the walls, their neighbours and rates q_ij.</summary>
    private sealed record Grid(double[] Energy, int[][] Neighbours, double[][] Rates)
    {
        public static Grid Of(double[] energy, int width, double h, double temperature, double most)
        {
            int[] Near(int i)
            {
                (int Cell, bool Is)[] sides =
                    [(i - 1, i % width > 0), (i + 1, i % width < width - 1), (i - width, i >= width), (i + width, i + width < energy.Length)];
                return [.. sides.Where(n => n.Is && energy[n.Cell] < most).Select(n => n.Cell)];
            }
            double Rate(int i, int j) => temperature / (h * h) * Math.Exp((energy[i] - energy[j]) / (2 * temperature));
            int[][] neighbours = [.. energy.Select((v, i) => v < most ? Near(i) : [])];
            return new(energy, neighbours, [.. neighbours.Select((near, i) => near.Select(j => Rate(i, j)).ToArray())]);
        }

        /// <summary>τ of every cell, by conjugate gradients on the equation made symmetric with √π, π = exp(−V/T).</summary>
        public double[] Times(bool[] target, double temperature)
        {
            double[] root = [.. Energy.Select(v => Math.Exp(-v / (2 * temperature)))];
            var open = Enumerable.Range(0, Energy.Length).Where(i => !target[i] && Neighbours[i].Length > 0).ToArray();
            double[] diagonal = [.. Rates.Select(q => q.Sum())], x = new double[Energy.Length], r = new double[x.Length],
                p = new double[x.Length], product = new double[x.Length];
            foreach (var i in open)
                r[i] = root[i];
            var (norm, before) = (open.Sum(i => r[i] * r[i]), 0.0);
            for (var iteration = 0; iteration < 20_000; iteration++)
            {
                var rz = open.Sum(i => r[i] * r[i] / diagonal[i]);
                foreach (var i in open)
                    p[i] = r[i] / diagonal[i] + (iteration == 0 ? 0 : rz / before * p[i]);
                foreach (var i in open)
                {
                    product[i] = diagonal[i] * p[i];
                    for (var n = 0; n < Neighbours[i].Length; n++)
                        product[i] -= Rates[i][n] * root[i] / root[Neighbours[i][n]] * p[Neighbours[i][n]]; // p is 0 in the target
                }
                var step = rz / open.Sum(i => p[i] * product[i]);
                foreach (var i in open)
                    (x[i], r[i]) = (x[i] + step * p[i], r[i] - step * product[i]);
                before = rz;
                if (open.Sum(i => r[i] * r[i]) < 1e-20 * norm)
                    return [.. x.Zip(root, (value, scale) => value / scale)];
            }
            throw new InvalidOperationException("The conjugate gradients have not converged.");
        }
    }

    /// <summary>In V = x²/2 at T = 1, from 0 to 1: τ = ∫₀¹ exp(y²/2) ∫_{−∞}^y exp(−z²/2) dz dy, to 1e-4, and the error of second order.</summary>
    [Fact]
    public void The_grid_has_the_time_to_leave_a_well_which_quadrature_gives()
    {
        double Simpson(Func<double, double> f, double from, double to)
        {
            const int n = 400;
            var h = (to - from) / n;
            return h / 3 * Enumerable.Range(0, n + 1).Sum(i => (i is 0 or n ? 1 : i % 2 == 1 ? 4 : 2) * f(from + i * h));
        }
        var exact = Simpson(y => Math.Exp(y * y / 2) * Simpson(z => Math.Exp(-z * z / 2), -8, y), 0, 1);
        double Error(int cells) // in a unit; centres at whole multiples of h
        {
            var (h, below) = (1.0 / cells, 6 * cells);
            double[] energy = [.. Enumerable.Range(-below, below + cells + 1).Select(i => 0.5 * i * h * i * h)];
            return Math.Abs(Grid.Of(energy, energy.Length, h, 1, double.PositiveInfinity).Times(
                [.. energy.Select((_, i) => i == energy.Length - 1)], 1)[below] - exact);
        }
        var (coarse, fine) = (Error(20), Error(40));
        Assert.InRange(fine / exact, 0, 1e-4);
        Assert.Equal(2, Math.Log2(coarse / fine), 0.1);
    }

    /// <summary>
    /// The basins of Müller and Brown at a temperature at which passages are frequent: times counted along a walk, in steps of the mean
    /// length 1/Λ, are those of the equation, within three standard errors of some 10,000 passages of the rarest kind.
    /// </summary>
    [Fact]
    public void Passages_counted_along_a_walk_take_the_times_of_the_equation()
    {
        const double T = 100, h = 0.125, left = -1.6, bottom = -0.5, radius = 0.3;
        const int width = 24, height = 22, paths = 8, steps = 2_000_000;
        (double X, double Y) Centre(int i) => (left + (i % width + 0.5) * h, bottom + (i / width + 0.5) * h);
        double[] energy = [.. Enumerable.Range(0, width * height).Select(i => MuellerBrownPotential.At(Centre(i).X, Centre(i).Y).Value)];
        int[] state = [.. Enumerable.Range(0, energy.Length).Select(
            i => Array.FindIndex(
                MuellerBrownPotential.Minima, m => Math.Pow(Centre(i).X - m.X, 2) + Math.Pow(Centre(i).Y - m.Y, 2) < radius * radius))];
        var grid = Grid.Of(energy, width, h, T, most: 200);
        var fastest = grid.Rates.Max(q => q.Sum());

        IEnumerable<int[]> Walks()
        {
            for (var w = 0; w < paths; w++)
            {
                var (random, path, at) = (new Philox(8, (uint)w, 0, 0), new int[steps], Array.IndexOf(state, w % 3));
                for (var s = 0; s < steps; s++)
                {
                    path[s] = state[at];
                    var u = random.NextUniform() * fastest;
                    for (var n = 0; n < grid.Rates[at].Length; n++)
                        if ((u -= grid.Rates[at][n]) < 0)
                        {
                            at = grid.Neighbours[at][n];
                            break;
                        }
                }
                yield return path;
            }
        }

        var counted = FirstPassages.Counted(Walks(), 3);
        for (var j = 0; j < 3; j++)
        {
            var times = grid.Times([.. state.Select(s => s == j)], T);
            for (var i = 0; i < 3; i++)
            {
                if (i == j)
                    continue;
                var own = Enumerable.Range(0, state.Length).Where(c => state[c] == i).ToArray();
                // frames in i are there by their stationary share
                var exact = own.Sum(c => Math.Exp(-energy[c] / T) * times[c]) / own.Sum(c => Math.Exp(-energy[c] / T));
                Assert.Equal(1, counted[i, j] / fastest / exact, 0.03);
            }
        }
    }
}
