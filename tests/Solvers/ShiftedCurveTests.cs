using LedCluster.Solvers.Systems;

namespace LedCluster.Solvers.Tests;

/// <summary>The grid's states as one curve shifted in time.</summary>
public class ShiftedCurveTests
{
    private const int Frames = 700;
    private static readonly CellGrid Grid = new();
    private static readonly ShiftedCurve Curve = new(Grid, [new(0.2, 0.7), new(0.6, 0.1), new(0.9, 0.9)], 900);

    [Fact]
    public void States_are_one_curve_shifted_by_the_distance_from_the_firing_point()
    {
        var member = new CellGridMember(0.33, 0.46);
        var (truth, shifted) = (Path(member), new double[Frames * Grid.Size]);
        Curve.Fill(member, 1, shifted);
        Assert.InRange(Math.Sqrt(truth.Zip(shifted, (a, b) => (a - b) * (a - b)).Average()), 0, 0.01); // the pulse falls between frames
        Assert.Equal(3.2, Curve.Delay, 0.4); // the rule of the trapezium sees a pulse half a step early
    }

    [Fact]
    public void The_firing_point_follows_from_the_cells_that_have_fired()
    {
        foreach (var member in (CellGridMember[])[new(0.33, 0.46), new(0.02, 0.97), new(0.999, 0.5)])
        {
            var found = Curve.Fit(Curve.Firings(Path(member).AsSpan(0, 200 * Grid.Size), 1), member.Speed);
            Assert.Equal((member.FiringX, member.FiringY, 0.0), (found.FiringX, found.FiringY, 0), (a, b) =>
                Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1.5e-3);
        }
        Assert.Contains("2 cells have fired", Assert.Throws<ArgumentException>(() => Curve.Fit([1, 2, double.NaN], 0.005)).Message);
    }

    private static double[] Path(CellGridMember member)
    {
        var path = new double[Frames * Grid.Size];
        Grid.Advance(new double[Grid.Size], [member], 0, Frames, path);
        return path;
    }
}
