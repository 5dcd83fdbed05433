namespace LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>
/// A map from the state at one frame to the state <see cref="Step"/> frames later: a network, or a solver. Immutable, safe to call from
/// several threads, and batch-invariant: a row's result does not depend, bit for bit, on the rows beside it.
/// </summary>
public interface IFlowMap
{
    /// <summary>Frames from one state to the next, s.</summary>
    int Step { get; }

    /// <summary>Numbers in a state, d.</summary>
    int Size { get; }

    /// <summary>Advances states by <see cref="Step"/> frames.</summary>
    /// <param name="states">States [rows, d].</param>
    /// <param name="next">Receives the later states [rows, d]; may not overlap.</param>
    /// <param name="rows">Number of rows.</param>
    void Advance(ReadOnlySpan<float> states, Span<float> next, int rows);
}
