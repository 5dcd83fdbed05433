using LedCluster.Domain.Fields;

namespace LedCluster.Domain.Workers;

/// <summary>
/// A first-principles solver that advances many members at once. Implementations are immutable and safe to call from
/// several threads; a member's result does not depend, bit for bit, on the members beside it.
/// </summary>
public interface IMicroSolver
{
    /// <summary>Shape and meaning of the fields.</summary>
    FieldLayout Layout { get; }

    /// <summary>Numbers per member in the solver's full state.</summary>
    int FineSize { get; }

    /// <summary>Full state that belongs to given fields.</summary>
    /// <param name="fields">Fields [M, C·X].</param>
    /// <param name="fine">Receives the full state [M, fine size].</param>
    /// <param name="lift">How to fill what the fields do not determine.</param>
    void Lift(ReadOnlySpan<double> fields, Span<double> fine, LiftRule lift);

    /// <summary>Advances by whole coarse frames.</summary>
    /// <param name="fine">Full state [M, fine size]; overwritten with the state after the last frame.</param>
    /// <param name="frames">Number of coarse time steps.</param>
    /// <param name="fields">Receives the fields after each step, [frames, M, C·X].</param>
    void Advance(Span<double> fine, int frames, Span<double> fields);
}
