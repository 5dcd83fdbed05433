using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Numbers of eight members side by side: the i-th vector holds the i-th number of each, one member per SIMD lane. What a system's
/// equations read and write. The memory belongs to the solver; do not keep it beyond the call.
/// </summary>
public readonly unsafe struct Lanes
{
    /// <summary>Members per vector.</summary>
    public const int Width = 8;

    private readonly Vector512<double>* origin;
    private readonly nint stride;

    internal Lanes(Vector512<double>* origin, int stride)
    {
        this.origin = origin;
        this.stride = stride;
    }

    /// <summary>The i-th number of the eight members.</summary>
    /// <param name="i">Index, from 0; not checked.</param>
    public Vector512<double> this[int i]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => origin[i * stride];
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => origin[i * stride] = value;
    }
}
