using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>A Runge-Kutta method, whatever its tableau. The slopes k_i of a step stand first in the workspace.</summary>
/// <typeparam name="TSystem">The system.</typeparam>
public abstract unsafe class RungeKutta<TSystem> : Stepper<TSystem>
    where TSystem : struct, IOdeSystem
{
    /// <summary>The smallest part of a step that is still halved.</summary>
    private const double SmallestPart = 1.0 / (1 << 20);

    private protected RungeKutta(TSystem system, ButcherTableau tableau)
        : base(system)
    {
        Tableau = tableau;
        Result = new LinearCombination(tableau.B);
        Rows = [.. tableau.A.Select(row => new LinearCombination(row))];
    }

    /// <summary>The method.</summary>
    public ButcherTableau Tableau { get; }

    /// <inheritdoc />
    public override int Order => Tableau.Order;

    /// <summary>Σ_i b_i k_i.</summary>
    private protected LinearCombination Result { get; }

    /// <summary>Σ_j a_ij k_j for every stage i.</summary>
    private protected LinearCombination[] Rows { get; }

    /// <summary>Makes a step without dividing it; of members for which Newton's iteration fails the result is NaN.</summary>
    internal abstract void Attempt(StepBlock block);

    /// <inheritdoc />
    internal sealed override void Step(StepBlock block)
    {
        Attempt(block);
        if (Tableau.Kind != TableauKind.Explicit)
            Divide(block);
    }

    /// <summary>k_i of the last step, [n, groups].</summary>
    internal Vector512<double>* Slope(StepBlock block, int stage) => block.Work + stage * System.Size * block.Groups;

    /// <summary>
    /// Makes the step in parts for members for which Newton's iteration failed, as at the jumps of a relaxation oscillation: a part is
    /// halved when it fails and doubled when it does not.
    /// </summary>
    private void Divide(StepBlock block)
    {
        var n = System.Size;
        var divided = IsNumber(block.Y[0]) & ~IsNumber(block.Next[0]);
        if (divided.AsInt64() == Vector512<long>.Zero)
            return;
        var (time, timeNext, step, one) = (block.Time[0], block.TimeNext[0], block.Step[0], Vector512<double>.One);
        var whole = block.Work + (WorkSize - n);
        new Span<Vector512<double>>(block.Next, n).CopyTo(new Span<Vector512<double>>(whole, n));
        var done = Vector512.ConditionalSelect(divided, Vector512<double>.Zero, one); // in parts of the step, as next
        var part = Vector512.Create(0.5);
        for (var open = divided; open.AsInt64() != Vector512<long>.Zero; open = Vector512.LessThan(done, one))
        {
            var until = Vector512.Min(done + part, one);
            block.Time[0] = Vector512.FusedMultiplyAdd(done, step, time);
            block.TimeNext[0] = Vector512.ConditionalSelect(Vector512.Equals(until, one), timeNext, Vector512.FusedMultiplyAdd(until, step, time));
            block.Step[0] = (until - done) * step;
            Attempt(block);
            var good = open & IsNumber(block.Next[0]);
            var hopeless = open & ~good & Vector512.LessThan(part, Vector512.Create(SmallestPart));
            for (var i = 0; i < n; i++)
            {
                var y = Vector512.ConditionalSelect(good, block.Next[i], block.Y[i]);
                block.Y[i] = Vector512.ConditionalSelect(hopeless, Vector512.Create(double.NaN), y);
            }
            done = Vector512.ConditionalSelect(hopeless, one, Vector512.ConditionalSelect(good, until, done));
            part = Vector512.ConditionalSelect(good, part + part, 0.5 * part);
        }
        for (var i = 0; i < n; i++)
            block.Next[i] = Vector512.ConditionalSelect(divided, block.Y[i], whole[i]);
        (block.Time[0], block.TimeNext[0], block.Step[0]) = (time, timeNext, step);
    }

    private static Vector512<double> IsNumber(Vector512<double> x) => Vector512.Equals(x, x);
}

/// <summary>Makes the stepper that fits a tableau.</summary>
public static class RungeKutta
{
    /// <summary>Explicit, diagonally implicit or fully implicit, as the tableau is.</summary>
    /// <param name="system">The system.</param>
    /// <param name="tableau">The method.</param>
    /// <param name="newton">How implicit stages are solved.</param>
    public static RungeKutta<TSystem> Create<TSystem>(TSystem system, ButcherTableau tableau, NewtonOptions? newton = null)
        where TSystem : struct, IDifferentiableOdeSystem => tableau.Kind switch
        {
            TableauKind.Explicit => new ExplicitRungeKutta<TSystem>(system, tableau),
            TableauKind.DiagonallyImplicit => new DiagonallyImplicitRungeKutta<TSystem>(system, tableau, new DenseNewtonMatrix<TSystem>(system), newton),
            _ => new FullyImplicitRungeKutta<TSystem>(system, tableau, newton),
        };
}
