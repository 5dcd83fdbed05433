using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>Newton's iteration for the stages of implicit methods, with the Jacobian anew in every iteration.</summary>
public sealed record NewtonOptions
{
    /// <summary>
    /// Ends when an iteration changes no unknown of a stage by more than this times (<see cref="Scale"/> + |y|): 1e-10, from 1e-15 to
    /// 1. Near a root the error that is left is about the square of that change.
    /// </summary>
    public double Tolerance { get; init; } = 1e-10;

    /// <summary>Size of the unknowns below which they count as 0, in their unit: 1, above 0.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>
    /// Iterations after which a step has failed and is made in parts, or with step control made again with a smaller h: 25, from 1.
    /// </summary>
    public int MaximumIterations { get; init; } = 25;

    /// <summary>These options, if they are sound.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is outside its range.</exception>
    internal NewtonOptions Checked()
    {
        if (Tolerance is not (>= 1e-15 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Newton's tolerance must be from 1e-15 to 1.");
        if (!(Scale > 0))
            throw new ArgumentOutOfRangeException(nameof(Scale), Scale, "The scale of the unknowns must be above 0.");
        if (MaximumIterations < 1)
            throw new ArgumentOutOfRangeException(nameof(MaximumIterations), MaximumIterations, "Newton's iteration needs at least one iteration.");
        return this;
    }

    /// <summary>|change| − tolerance·(scale + |y|): above 0 while the iteration must go on.</summary>
    internal Vector512<double> Excess(Vector512<double> change, Vector512<double> y) =>
        Vector512.Abs(change) - Tolerance * (Vector512.Create(Scale) + Vector512.Abs(y));
}

/// <summary>Which of eight members are still iterating, which have failed.</summary>
internal struct NewtonProgress
{
    private Vector512<double> open = Vector512<double>.AllBitsSet, failed;

    public NewtonProgress()
    {
    }

    /// <summary>Some are still iterating.</summary>
    public readonly bool IsOpen => open.AsInt64() != Vector512<long>.Zero;

    /// <summary>The change where a member is still iterating, 0 where it has converged.</summary>
    public readonly Vector512<double> Where(Vector512<double> change) => Vector512.ConditionalSelect(open, change, Vector512<double>.Zero);

    /// <summary>Takes members out whose change is small, and those whose change is not a number.</summary>
    /// <param name="excess">Largest |change| − tolerance·(scale + |y|).</param>
    public void Update(Vector512<double> excess)
    {
        failed |= Vector512.AndNot(open, Vector512.Equals(excess, excess));
        open &= Vector512.GreaterThan(excess, Vector512<double>.Zero);
    }

    /// <summary>Counts those that still iterate as failed.</summary>
    public void GiveUp() => failed |= open;

    /// <summary>0, or NaN for members that have failed.</summary>
    public readonly Vector512<double> Verdict => Vector512.ConditionalSelect(failed, Vector512.Create(double.NaN), Vector512<double>.Zero);
}
