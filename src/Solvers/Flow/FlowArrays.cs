using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LedCluster.Solvers.Flow;

/// <summary>
/// Where numbers of a box lie in an array: rows with eight numbers of margin on both sides, two rows of margin below and three above. The number of
/// cell or face (i, j) is at (j + 2)·stride + 8 + i. Rows begin at a multiple of 64 bytes, and neighbouring rows lie in different cache sets.
/// </summary>
internal sealed unsafe class FlowArrays
{
    /// <summary>Numbers of margin left and right.</summary>
    public const int Margin = 8;

    /// <summary>Rows of margin below.</summary>
    public const int Below = 2;

    private readonly double[] memory;
    private readonly double* origin;
    private readonly nint length;

    /// <summary>Allocates arrays of zeros.</summary>
    /// <param name="box">The box.</param>
    /// <param name="count">How many.</param>
    public FlowArrays(FlowBox box, int count)
    {
        Stride = box.Columns + 2 * Margin;
        length = (box.Rows + Below + 3) * Stride + 4 * Margin;
        memory = GC.AllocateArray<double>(checked((int)(count * length + Margin)), pinned: true);
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        origin = (double*)((start + 63) / 64 * 64);
    }

    /// <summary>Numbers from row to row.</summary>
    public nint Stride { get; }

    /// <summary>Place of (0, 0) in an array.</summary>
    public double* this[int array] => origin + array * length + Below * Stride + Margin;
}

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
