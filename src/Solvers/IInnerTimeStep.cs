using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers;

/// <summary>A system whose solver may take a time step of the user's choice between two frames.</summary>
public interface IInnerTimeStep : ISystem
{
    /// <summary>Inner time step δt of <see cref="ISystem.Solver"/>, in the layout's time unit.</summary>
    double InnerTimeStep { get; }

    /// <summary>The solver with another inner time step.</summary>
    /// <param name="innerTimeStep">δt; must divide the coarse time step Δt.</param>
    /// <exception cref="ArgumentException">It does not; the message says what would.</exception>
    IMicroSolver SolverAt(double innerTimeStep);
}
