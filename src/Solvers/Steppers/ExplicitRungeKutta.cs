namespace LedCluster.Solvers.Steppers;

/// <summary>An explicit Runge-Kutta method: s evaluations of f per step, one less if the last is the first of the next step.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
public sealed unsafe class ExplicitRungeKutta<TSystem> : RungeKutta<TSystem>
    where TSystem : struct, IOdeSystem
{
    /// <summary>Prepares the method.</summary>
    /// <param name="system">The system.</param>
    /// <param name="tableau">The method.</param>
    /// <exception cref="ArgumentException">The tableau is implicit.</exception>
    public ExplicitRungeKutta(TSystem system, ButcherTableau tableau)
        : base(system, tableau)
    {
        if (tableau.Kind != TableauKind.Explicit)
            throw new ArgumentException(
                $"The tableau '{tableau}' is implicit: its stages are equations. Use RungeKutta.Create with a system that knows its Jacobian.",
                nameof(tableau));
    }

    /// <summary>The slopes and one stage.</summary>
    internal override int WorkSize => (Tableau.Stages + 1) * System.Size;

    /// <inheritdoc />
    internal override void Attempt(StepBlock block)
    {
        var (n, groups, stages) = (System.Size, block.Groups, Tableau.Stages);
        var (vectors, sameSlope) = (n * groups, Tableau.FirstSameAsLast);
        var slopes = Slope(block, 0);
        var stage = Slope(block, stages);
        if (sameSlope && block.HasFirstSlope)
            Buffer.MemoryCopy(Slope(block, stages - 1), slopes, vectors * Lanes.Width * sizeof(double), vectors * Lanes.Width * sizeof(double));
        else
            Evaluate(block, Tableau.C[0], block.Y, slopes);
        for (var i = 1; i < stages; i++)
        {
            var y = sameSlope && i == stages - 1 ? block.Next : stage; // the last stage is the result
            Rows[i].Add(y, block.Y, block.Step, groups, slopes, vectors);
            Evaluate(block, Tableau.C[i], y, Slope(block, i));
        }
        if (!sameSlope)
            Result.Add(block.Next, block.Y, block.Step, groups, slopes, vectors);
        block.HasFirstSlope = true;
    }
}
