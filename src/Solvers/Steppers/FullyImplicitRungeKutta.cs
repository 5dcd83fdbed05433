using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// A fully implicit Runge-Kutta method: one system of s·n equations per step, solved for all slopes by Newton's iteration from 0. The
/// matrix (s·n)² is full, so that this is for small n.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
public sealed unsafe class FullyImplicitRungeKutta<TSystem> : RungeKutta<TSystem>
    where TSystem : struct, IDifferentiableOdeSystem
{
    private readonly NewtonOptions newton;

    /// <summary>Prepares the method.</summary>
    /// <param name="system">The system.</param>
    /// <param name="tableau">The method.</param>
    /// <param name="newton">Newton's iteration.</param>
    public FullyImplicitRungeKutta(TSystem system, ButcherTableau tableau, NewtonOptions? newton = null)
        : base(system, tableau) => this.newton = (newton ?? new()).Checked();

    /// <summary>The slopes, the stages, the residuals, one Jacobian, the matrix, and a result.</summary>
    internal override int WorkSize => 3 * Unknowns + System.Size * System.Size + Unknowns * Unknowns + System.Size;

    private int Unknowns => Tableau.Stages * System.Size;

    /// <inheritdoc />
    internal override int Groups(int members) => 1;

    /// <inheritdoc />
    internal override void Attempt(StepBlock block)
    {
        var (n, stages, unknowns) = (System.Size, Tableau.Stages, Unknowns);
        var slopes = Slope(block, 0);
        var y = slopes + unknowns;
        var residual = y + unknowns;
        var jacobian = residual + unknowns;
        var matrix = jacobian + n * n;
        new Span<Vector512<double>>(slopes, unknowns).Clear();
        var progress = new NewtonProgress();
        for (var iteration = 0; iteration < newton.MaximumIterations && progress.IsOpen; iteration++)
        {
            for (var i = 0; i < stages; i++)
            {
                var t = At(block, Tableau.C[i], 0);
                Rows[i].Add(y + i * n, block.Y, block.Step, 1, slopes, n);
                System.Derivative(t, new Lanes(y + i * n, 1), new Lanes(block.P, 1), new Lanes(residual + i * n, 1));
                System.Jacobian(t, new Lanes(y + i * n, 1), new Lanes(block.P, 1), new Lanes(jacobian, 1));
                for (var row = 0; row < n; row++)
                    for (var j = 0; j < stages; j++)
                    {
                        var σ = -Tableau.A[i][j] * block.Step[0];
                        var target = matrix + (i * n + row) * unknowns + j * n;
                        for (var column = 0; column < n; column++)
                            target[column] = Vector512.FusedMultiplyAdd(σ, jacobian[row * n + column],
                                i == j && row == column ? Vector512<double>.One : Vector512<double>.Zero);
                    }
            }
            for (var i = 0; i < unknowns; i++)
                residual[i] -= slopes[i];
            GaussianElimination.Solve(unknowns, new Lanes(matrix, 1), new Lanes(residual, 1));
            var excess = Vector512.Create(double.NegativeInfinity);
            for (var i = 0; i < unknowns; i++)
            {
                var change = progress.Where(residual[i]);
                slopes[i] += change;
                excess = Vector512.Max(excess, newton.Excess(block.Step[0] * change, y[i]));
            }
            progress.Update(excess);
        }
        progress.GiveUp();
        Result.Add(block.Next, block.Y, block.Step, 1, slopes, n);
        for (var i = 0; i < n; i++)
            block.Next[i] += progress.Verdict;
        block.HasFirstSlope = false;
    }
}
