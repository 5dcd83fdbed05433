using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Solves with I − σJ(t, y; p), the matrix of Newton's iteration for one stage, for eight members. A system with a sparse Jacobian
/// brings its own; <see cref="DenseNewtonMatrix{TSystem}"/> serves small ones.
/// </summary>
public abstract class NewtonMatrix
{
    /// <summary>Vectors of workspace.</summary>
    public abstract int WorkSize { get; }

    /// <summary>x ← (I − σJ)⁻¹ x.</summary>
    /// <param name="t">Time of each member.</param>
    /// <param name="y">Unknowns [n].</param>
    /// <param name="p">Parameters.</param>
    /// <param name="σ">h a_ii of each member.</param>
    /// <param name="x">Right-hand side [n]; overwritten with the solution.</param>
    /// <param name="work">Workspace [<see cref="WorkSize"/>].</param>
    public abstract void Solve(Vector512<double> t, Lanes y, Lanes p, Vector512<double> σ, Lanes x, Lanes work);
}

/// <summary>A full Jacobian, by Gaussian elimination: n³/3 products.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
/// <param name="system">The system.</param>
public sealed class DenseNewtonMatrix<TSystem>(TSystem system) : NewtonMatrix
    where TSystem : struct, IDifferentiableOdeSystem
{
    private readonly TSystem system = system;

    /// <inheritdoc />
    public override int WorkSize => system.Size * system.Size;

    /// <inheritdoc />
    public override void Solve(Vector512<double> t, Lanes y, Lanes p, Vector512<double> σ, Lanes x, Lanes work)
    {
        var n = system.Size;
        system.Jacobian(t, y, p, work);
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                work[i * n + j] = Vector512.FusedMultiplyAdd(-σ, work[i * n + j], i == j ? Vector512<double>.One : Vector512<double>.Zero);
        GaussianElimination.Solve(n, work, x);
    }
}
