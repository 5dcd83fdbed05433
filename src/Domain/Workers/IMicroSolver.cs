using LedCluster.Domain.Fields;

namespace LedCluster.Domain.Workers;

/// <summary>
/// A first-principles solver that advances many members at once. Implementations are immutable and safe to call from
/// several threads; a member's result depends on its state and on the <see cref="StepContext"/>, not, bit for bit, on the members beside it.
/// </summary>
/// <remarks>
/// A state is an array [M, n] of the solver's own: n may differ from cohort to cohort but not between its members, and nobody else
/// reads more of it than whole rows. It is copied bit for bit, so that a row may as well hold bytes (<see cref="OpaqueState"/>).
/// A solver that cannot go on throws; the members are then tried one by one, and the message becomes the reason of those that fail.
/// </remarks>
public interface IMicroSolver
{
    /// <summary>Shape and meaning of the fields.</summary>
    FieldLayout Layout { get; }

    /// <summary>Full state that belongs to given fields.</summary>
    /// <param name="fields">Fields [M, C·X] of the context's frame.</param>
    /// <param name="lift">How to fill what the fields do not determine.</param>
    /// <param name="context">Members, frame, parameters.</param>
    /// <returns>The full state [M, n].</returns>
    double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context);

    /// <summary>Advances by whole coarse frames and hands out the fields of each.</summary>
    /// <param name="state">Full state [M, n] at the context's frame; the solver may overwrite it.</param>
    /// <param name="frames">Number of coarse time steps, at least 1.</param>
    /// <param name="sink">Receives the fields of frames <c>context.Frame + 1</c> to <c>context.Frame + frames</c> as they are made.</param>
    /// <param name="context">Members, frame, parameters.</param>
    /// <returns>The full state after the last frame: the same array, or another one, which the solver does not read any more.</returns>
    double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context);
}

/// <summary>What callers of solvers share.</summary>
public static class MicroSolverExtensions
{
    /// <summary>Advances as <see cref="IMicroSolver.Advance"/> does, with a call for every stretch of frames in which no parameter changes.</summary>
    /// <param name="solver">The solver.</param>
    /// <param name="state">Full state [M, n] at the context's frame; the solver may overwrite it.</param>
    /// <param name="frames">Number of coarse time steps, at least 1.</param>
    /// <param name="sink">Receives the fields.</param>
    /// <param name="context">Members, frame, parameters.</param>
    /// <returns>The full state after the last frame.</returns>
    public static double[] AdvanceOnSchedule(this IMicroSolver solver, double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        if (context.Schedules is not { } schedules)
            return solver.Advance(state, frames, sink, context);
        for (int done = 0, count; done < frames; done += count)
        {
            count = schedules.Constant(context.Members.Span, context.Frame + done, frames - done);
            state = solver.Advance(state, count, sink, context.At(context.Frame + done));
        }
        return state;
    }
}

/// <summary>Takes fields as a solver makes them.</summary>
public interface IFrameSink
{
    /// <summary>
    /// Takes the next rows of fields. Rows come in the order of frames, and in each frame in that of members; how many come at once is the
    /// solver's choice, also across frames or within one. Many small rows at once are faster, and megabytes at once are too much.
    /// </summary>
    /// <param name="fields">Fields [rows, C·X]; not kept after the call.</param>
    void Add(ReadOnlySpan<double> fields);
}

/// <summary>Drops all frames, where only the state at the end is wanted.</summary>
public sealed class DiscardedFrames : IFrameSink
{
    /// <inheritdoc />
    public void Add(ReadOnlySpan<double> fields)
    {
    }
}

/// <summary>How a micro solver fills the part of its state that the macroscopic fields leave open.</summary>
public enum LiftRule : byte
{
    /// <summary>Local equilibrium, as the LED paper does.</summary>
    Equilibrium = 0,

    /// <summary>Equilibrium plus the first-order non-equilibrium part that the field's gradient implies (Chapman–Enskog).</summary>
    Gradient = 1,
}
