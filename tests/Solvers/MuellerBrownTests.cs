using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Langevin;

namespace LedCluster.Solvers.Tests;

public class MuellerBrownTests
{
    [Fact]
    public void The_gradient_is_that_of_the_potential_and_vanishes_at_the_minima()
    {
        foreach (var (x, y) in ((double, double)[])[(0.3, 0.4), (-1, 1.2), (0.9, -0.1)])
        {
            const double h = 1e-5;
            var (_, slopeX, slopeY) = MuellerBrownPotential.At(x, y);
            Assert.Equal((MuellerBrownPotential.At(x + h, y).Value - MuellerBrownPotential.At(x - h, y).Value) / (2 * h), slopeX, 1e-4);
            Assert.Equal((MuellerBrownPotential.At(x, y + h).Value - MuellerBrownPotential.At(x, y - h).Value) / (2 * h), slopeY, 1e-4);
        }
        double[] depths = [-146.7, -108.2, -80.8];
        for (var i = 0; i < 3; i++)
        {
            var (value, slopeX, slopeY) = MuellerBrownPotential.At(MuellerBrownPotential.Minima[i].X, MuellerBrownPotential.Minima[i].Y);
            Assert.Equal(depths[i], value, 0.05);
            Assert.InRange(Math.Sqrt(slopeX * slopeX + slopeY * slopeY), 0, 1);
        }
    }

    /// <summary>Members that are drawn from exp(−V/T) by quadrature still are after twenty frames: shares in cells within five standard errors.</summary>
    [Fact]
    public void The_density_of_Boltzmann_is_stationary()
    {
        const int members = 6000, grid = 400, cells = 8;
        const double T = 15, left = -1.8, bottom = -0.6, width = 3.2, height = 3;
        var (cumulated, shares, sum) = (new double[grid * grid], new double[cells * cells], 0.0);
        for (var i = 0; i < grid * grid; i++)
        {
            var (x, y) = Centre(i);
            var p = Math.Exp(-MuellerBrownPotential.At(x, y).Value / T);
            cumulated[i] = sum += p;
            shares[Cell(x, y)] += p;
        }
        var (random, fields) = (new Philox(1, 0, 0, 0), new double[2 * members]);
        for (var m = 0; m < members; m++)
        {
            var at = ~Array.BinarySearch(cumulated, random.NextUniform() * sum);
            var (x, y) = Centre(at);
            (fields[2 * m], fields[2 * m + 1]) = (x + (random.NextUniform() - 0.5) * width / grid, y + (random.NextUniform() - 0.5) * height / grid);
        }
        var context = new StepContext(2, Enumerable.Range(0, members).ToArray(), 0, Enumerable.Range(0, members).SelectMany(_ => (double[])[T, 1]).ToArray());
        IMicroSolver solver = new MuellerBrownSolver();
        var state = solver.Advance(solver.Lift(fields, LiftRule.Equilibrium, context), 20, new DiscardedFrames(), context);
        var (counts, energy) = (new double[cells * cells], 0.0);
        for (var m = 0; m < members; m++)
        {
            counts[Cell(state[4 * m], state[4 * m + 1])]++;
            energy += 0.5 * (state[4 * m + 2] * state[4 * m + 2] + state[4 * m + 3] * state[4 * m + 3]) / members;
        }
        for (var c = 0; c < counts.Length; c++)
            Assert.Equal(shares[c] / sum, counts[c] / members, 5 * Math.Sqrt(shares[c] / sum / members) + 1e-3);
        Assert.InRange(energy, 0.9 * T, T); // BAOAB's velocities are off by 1 − ω²δt²/4 in a well of frequency ω, its positions are not

        (double, double) Centre(int i) => (left + (i % grid + 0.5) * width / grid, bottom + (i / grid + 0.5) * height / grid);
        int Cell(double x, double y) =>
            Math.Clamp((int)((x - left) / width * cells), 0, cells - 1) + cells * Math.Clamp((int)((y - bottom) / height * cells), 0, cells - 1);
    }

    [Fact]
    public void A_start_on_the_walls_of_the_potential_is_refused() =>
        Assert.Contains("must be 1000 at most", new MuellerBrownSystem().InitialFault([1.2, 2]));
}
