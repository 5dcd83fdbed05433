using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>A physical system: its micro solver and the initial conditions that belong to it.</summary>
public interface ISystem
{
    /// <summary>Name by which studies refer to it, for example <c>fitzhugh-nagumo</c>.</summary>
    string Name { get; }

    /// <summary>Governing equations, one per line, in Unicode.</summary>
    IReadOnlyList<string> Equations { get; }

    /// <summary>The first-principles solver.</summary>
    IMicroSolver Solver { get; }

    /// <summary>
    /// Lyapunov time T₁ = 1/λ₁ of a chaotic system, in its time unit: the time in which neighbouring states part by a factor e;
    /// null when nothing parts.
    /// </summary>
    double? LyapunovTime => null;

    /// <summary>Names of the reference initial conditions.</summary>
    IReadOnlyList<string> References { get; }

    /// <summary>Fields of a reference initial condition.</summary>
    /// <param name="index">Position in <see cref="References"/>.</param>
    /// <param name="fields">Receives [C·X].</param>
    void Reference(int index, Span<double> fields);

    /// <summary>Fields of a member of the documented random family; they depend on seed and member alone.</summary>
    /// <param name="seed">Seed of the ensemble.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="fields">Receives [C·X].</param>
    void Random(ulong seed, int member, Span<double> fields);
}
