using LedCluster.Solvers.Steppers;
using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers.Tests;

public class CellGridTests
{
    private const int Frames = 1000;
    private static readonly CellGrid Grid = new();

    /// <summary>u and w of one cell, [frames][2], by the method of the PACS report.</summary>
    private static double[] Cell(double pulseStart, int frames = Frames)
    {
        var parameters = ActionPotential.Description.DefaultParameters(1);
        parameters[ActionPotential.PulseStart] = pulseStart;
        var path = new double[2 * frames];
        new Integrator<ActionPotential>(RungeKutta.Create(new ActionPotential(), ImplicitTableaux.CrankNicolson)).Advance(
            new double[2], parameters, new(0, 0.5), frames, 1, path);
        return path;
    }

    private static double[] Run(CellGrid grid, CellGridMember[] members, int frames)
    {
        var path = new double[frames * members.Length * grid.Size];
        grid.Advance(new double[members.Length * grid.Size], members, 0, frames, path);
        return path;
    }

    /// <summary>Excited from 3.5 to 117.5 ms, u from −0.2452 to 1.0061, w up to 0.9597.</summary>
    [Fact]
    public void A_cell_has_the_known_action_potential()
    {
        var path = Cell(0);
        double[] u = [.. path.Where((_, i) => i % 2 == 0)], w = [.. path.Where((_, i) => i % 2 == 1)];
        Assert.Equal(3.5, 0.5 * (1 + Array.FindIndex(u, x => x > 0.5)));
        Assert.Equal(117.5, 0.5 * (1 + Array.FindLastIndex(u, x => x > 0.5)));
        Assert.Equal(-0.2452, u.Min(), 5e-5);
        Assert.Equal(1.0061, u.Max(), 5e-5);
        Assert.Equal(0.9597, w.Max(), 5e-5);
    }

    [Fact]
    public void After_its_pulse_a_cell_converges_with_order_2()
    {
        double[] At(int steps)
        {
            double[] y = [0.4, 0.01];
            new Integrator<ActionPotential>(RungeKutta.Create(new ActionPotential(), ImplicitTableaux.CrankNicolson)).Advance(
                y, ActionPotential.Description.DefaultParameters(1), new(2, 20.0 / steps), 1, steps, []);
            return y;
        }
        var truth = At(65536);
        double Error(int steps) => At(steps).Zip(truth, (a, b) => Math.Abs(a - b)).Max();
        Assert.Equal(2, Math.Log2(Error(500) / Error(1000)), 0.1);
    }

    [Fact]
    public void A_grid_is_its_cells_one_by_one_to_the_bit()
    {
        CellGridMember[] members = [new(0.71, 0.62), new(0.05, 0.9)];
        var (path, arrivals) = (Run(Grid, members, 60), new double[400]);
        for (var m = 0; m < 2; m++)
        {
            Grid.ArrivalTimes(members[m], arrivals);
            foreach (var cell in (int[])[0, 7, 8, 213, 399])
            {
                var alone = Cell(arrivals[cell], 60);
                for (var frame = 0; frame < 60; frame++)
                {
                    Assert.Equal(alone[2 * frame], path[(frame * 2 + m) * 800 + cell]);
                    Assert.Equal(alone[2 * frame + 1], path[(frame * 2 + m) * 800 + 400 + cell]);
                }
            }
        }
    }

    /// <summary>
    /// A firing point at (0.705, 0.6): first the cell (14, 12), then its neighbours at 10 ms a cell; all cells are excited for 114 ms.
    /// </summary>
    [Fact]
    public void The_pulse_spreads_from_the_firing_point_at_its_speed()
    {
        var (path, arrivals) = (Run(Grid, [new(0.705, 0.6)], Frames), new double[400]);
        Grid.ArrivalTimes(new(0.705, 0.6), arrivals);
        Assert.Equal(14 * 20 + 12, Array.IndexOf(arrivals, arrivals.Min()));
        Assert.Equal(10, arrivals[16 * 20 + 12] - arrivals[15 * 20 + 12], 1e-9);
        int Excited(int cell) => Enumerable.Range(0, Frames).First(frame => path[frame * 800 + cell] > 0.5);
        Assert.Equal(20, Excited(16 * 20 + 12) - Excited(15 * 20 + 12));
        foreach (var cell in (int[])[14 * 20 + 12, 15 * 20 + 12, 5 * 20 + 2])
            Assert.InRange(0.5 * Enumerable.Range(0, Frames).Count(frame => path[frame * 800 + cell] > 0.5), 113.5, 114.5);
        Assert.InRange(path.Max(), 0.99, 1.02);
        Assert.InRange(path.Min(), -0.26, -0.24);
    }

    /// <summary>The state is one curve shifted in time: exactly so where the shift is a whole number of steps.</summary>
    [Fact]
    public void Cells_whose_arrival_differs_by_whole_steps_follow_the_same_curve()
    {
        var grid = new CellGrid(16);
        var path = Run(grid, [new(0, 0, Speed: 1.0 / 256)], 500); // the cells (0, j) are reached at 16j ms
        for (var j = 2; j < 16; j++) // not the first: it is reached at t = 0 and has no step that ends there
            for (var frame = 32 * (j - 1); frame < 500; frame++)
                Assert.Equal(path[(frame - 32 * (j - 1)) * grid.Size + 1], path[frame * grid.Size + j]);
    }

    [Fact]
    public void Advancing_in_two_parts_gives_the_same_bits()
    {
        CellGridMember[] members = [new(0.3, 0.8), new(0.9, 0.1, Threshold: 0.2)];
        var (state, path) = (new double[1600], new double[50 * 1600]);
        Grid.Advance(state, members, 0, 20, path.AsSpan(0, 20 * 1600));
        Grid.Advance(state, members, 20, 30, path.AsSpan(20 * 1600));
        Assert.Equal(Run(Grid, members, 50), path);
    }

    [Fact]
    public void What_is_no_grid_is_refused()
    {
        Assert.Contains("from 1 to 1024 cells", Assert.Throws<ArgumentOutOfRangeException>(() => new CellGrid(0)).Message);
        Assert.Contains("speed 0", Assert.Throws<ArgumentException>(() => Run(Grid, [new(0, 0, Speed: 0)], 1)).Message);
        Assert.Contains("2 members of 800", Assert.Throws<ArgumentException>(() => Grid.Advance(new double[800], [new(0, 0), new(0, 0)], 0, 1, [])).Message);
    }
}
