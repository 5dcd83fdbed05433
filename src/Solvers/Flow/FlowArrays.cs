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
