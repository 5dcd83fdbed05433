using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// A diagonally implicit Runge-Kutta method: one system of n equations per stage, solved for its slope by Newton's iteration from the
/// slope of the stage before (0 for the first). With a_ii = 0 a stage is a formula.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
public sealed unsafe class DiagonallyImplicitRungeKutta<TSystem> : RungeKutta<TSystem>
    where TSystem : struct, IOdeSystem
{
    private readonly NewtonMatrix matrix;
    private readonly NewtonOptions newton;

    /// <summary>Prepares the method.</summary>
    /// <param name="system">The system.</param>
    /// <param name="tableau">The method.</param>
    /// <param name="matrix">Solves with I − σJ.</param>
    /// <param name="newton">Newton's iteration.</param>
    /// <exception cref="ArgumentException">The tableau is fully implicit.</exception>
    public DiagonallyImplicitRungeKutta(TSystem system, ButcherTableau tableau, NewtonMatrix matrix, NewtonOptions? newton = null)
        : base(system, tableau)
    {
        if (tableau.Kind == TableauKind.FullyImplicit)
            throw new ArgumentException(
                $"The tableau '{tableau}' is fully implicit: its stages cannot be solved one after the other. Use FullyImplicitRungeKutta.",
                nameof(tableau));
        (this.matrix, this.newton) = (matrix, (newton ?? new()).Checked());
        for (var i = 0; i < tableau.Stages; i++)
            Rows[i] = new LinearCombination(tableau.A[i].Take(i));
    }

    /// <summary>The slopes, a stage, its known part, the residual, the matrix, and a result.</summary>
    internal override int WorkSize => (Tableau.Stages + 4) * System.Size + matrix.WorkSize;

    /// <inheritdoc />
    internal override int Groups(int members) => 1;

    /// <inheritdoc />
    internal override void Attempt(StepBlock block)
    {
        var (n, stages) = (System.Size, Tableau.Stages);
        var slopes = Slope(block, 0);
        var stage = Slope(block, stages);
        var known = Slope(block, stages + 1);
        var verdict = Vector512<double>.Zero;
        for (var i = 0; i < stages; i++)
        {
            var slope = Slope(block, i);
            Rows[i].Add(known, block.Y, block.Step, 1, slopes, n);
            if (Tableau.A[i][i] == 0)
            {
                Evaluate(block, Tableau.C[i], known, slope);
                continue;
            }
            if (i == 0)
                new Span<Vector512<double>>(slope, n).Clear();
            else
                new Span<Vector512<double>>(Slope(block, i - 1), n).CopyTo(new Span<Vector512<double>>(slope, n));
            verdict += Solve(block, At(block, Tableau.C[i], 0), Tableau.A[i][i] * block.Step[0], known, slope, stage);
        }
        Result.Add(block.Next, block.Y, block.Step, 1, slopes, n);
        for (var i = 0; i < n; i++)
            block.Next[i] += verdict;
        block.HasFirstSlope = false;
    }

    /// <summary>k = f(t, known + σk).</summary>
    /// <returns>0, or NaN for members that did not converge.</returns>
    private Vector512<double> Solve(
        StepBlock block, Vector512<double> t, Vector512<double> σ, Vector512<double>* known, Vector512<double>* slope, Vector512<double>* stage)
    {
        var n = System.Size;
        var residual = Slope(block, Tableau.Stages + 2);
        var work = new Lanes(residual + n, 1);
        var progress = new NewtonProgress();
        for (var iteration = 0; iteration < newton.MaximumIterations && progress.IsOpen; iteration++)
        {
            for (var i = 0; i < n; i++)
                stage[i] = Vector512.FusedMultiplyAdd(σ, slope[i], known[i]);
            System.Derivative(t, new Lanes(stage, 1), new Lanes(block.P, 1), new Lanes(residual, 1));
            for (var i = 0; i < n; i++)
                residual[i] -= slope[i];
            matrix.Solve(t, new Lanes(stage, 1), new Lanes(block.P, 1), σ, new Lanes(residual, 1), work);
            var excess = Vector512.Create(double.NegativeInfinity);
            for (var i = 0; i < n; i++)
            {
                var change = progress.Where(residual[i]);
                slope[i] += change;
                excess = Vector512.Max(excess, newton.Excess(σ * change, stage[i]));
            }
            progress.Update(excess);
        }
        progress.GiveUp();
        return progress.Verdict;
    }
}
