using System.Collections.Immutable;

namespace LedCluster.Solvers.Flow;

/// <summary>A rectangular box of square cells, and what happens at its sides.</summary>
/// <param name="Columns">Cells along x, the direction of the flow: a multiple of 8 without prime factors above 13.</param>
/// <param name="Rows">Cells along y.</param>
/// <param name="Spacing">Side of a cell, h.</param>
/// <param name="Inflow">u(y) at the left side, on the middles of the rows, [rows]; empty for a closed box with slip walls all round.</param>
/// <param name="NoSlip">Whether fluid sticks to the lower and the upper wall, rather than slips.</param>
internal sealed record FlowBox(int Columns, int Rows, double Spacing, ImmutableArray<double> Inflow, bool NoSlip = false)
{
    /// <summary>Whether fluid enters at the left side and leaves at the right.</summary>
    public bool IsOpen => Inflow.Length > 0;

    /// <summary>Mean of the inflow, by which disturbances are carried out.</summary>
    public double MeanInflow => IsOpen ? Inflow.Average() : 0;

    /// <summary>A box with the same inflow in each row and slip walls.</summary>
    public static FlowBox Uniform(int columns, int rows, double spacing, double speed) =>
        new(columns, rows, spacing, [.. Enumerable.Repeat(speed, rows)]);

    /// <summary>A channel with no-slip walls and the inflow 4 U y(H − y)/H², as its mean over each row.</summary>
    public static FlowBox Parabolic(int columns, int rows, double spacing, double largest) => new(columns, rows, spacing,
        [.. Enumerable.Range(0, rows).Select(j => 4 * largest * (Integral((j + 1.0) / rows) - Integral((double)j / rows)) * rows)], NoSlip: true);

    private static double Integral(double y) => y * y / 2 - y * y * y / 3;
}

/// <summary>A circle.</summary>
/// <param name="X">Centre along x, from the box's left side.</param>
/// <param name="Y">Centre along y, from its lower side.</param>
/// <param name="Radius">Radius R.</param>
internal readonly record struct Circle(double X, double Y, double Radius);
