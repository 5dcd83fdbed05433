using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Ordinary differential equations y' = f(t, y; p) with n unknowns y and parameters p that every member has of its own. This is all that
/// an explicit <see cref="Stepper{TSystem}"/> needs. Implement it as a readonly struct, so that f becomes part of the step.
/// </summary>
/// <remarks>
/// f is asked for eight members at once. Work lane by lane (no shuffles, no sums over lanes) and fuse products explicitly or not at all:
/// then a member's bits depend neither on the members beside it nor on the width of the processor's vectors.
/// </remarks>
public interface IOdeSystem
{
    /// <summary>Number of unknowns n.</summary>
    int Size { get; }

    /// <summary>Numbers of parameters per member.</summary>
    int ParameterCount { get; }

    /// <summary>The right-hand side.</summary>
    /// <param name="t">Time of each member.</param>
    /// <param name="y">Unknowns [n].</param>
    /// <param name="p">Parameters [<see cref="ParameterCount"/>].</param>
    /// <param name="dydt">Receives f [n].</param>
    void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt);
}

/// <summary>A system that knows its Jacobian matrix, which implicit methods need.</summary>
public interface IDifferentiableOdeSystem : IOdeSystem
{
    /// <summary>J_ij = ∂f_i/∂y_j.</summary>
    /// <param name="t">Time of each member.</param>
    /// <param name="y">Unknowns [n].</param>
    /// <param name="p">Parameters [<see cref="IOdeSystem.ParameterCount"/>].</param>
    /// <param name="jacobian">Receives all of J [n·n], row after row.</param>
    void Jacobian(Vector512<double> t, Lanes y, Lanes p, Lanes jacobian);
}
