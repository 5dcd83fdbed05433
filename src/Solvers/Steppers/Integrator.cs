namespace LedCluster.Solvers.Steppers;

/// <summary>Steps of equal length: t_k = Start + k · Step, with k counted from the start of the run, never summed up.</summary>
/// <param name="Start">Time at k = 0.</param>
/// <param name="Step">h, above 0.</param>
/// <param name="Done">Steps made before, so that a run in parts has the times, and the bits, of a run at once.</param>
public readonly record struct StepGrid(double Start, double Step, long Done = 0)
{
    internal double Time(long step) => Math.FusedMultiplyAdd(step, Step, Start);
}

/// <summary>
/// The stepping loop: takes members through time in blocks of eight or more, one per SIMD lane, with steps of equal length. A member's
/// bits depend on its own state and parameters alone. What could not be computed reads NaN. Immutable, and safe to use from several threads.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
/// <param name="stepper">The method.</param>
public sealed class Integrator<TSystem>(Stepper<TSystem> stepper)
    where TSystem : struct, IOdeSystem
{
    /// <summary>The method.</summary>
    public Stepper<TSystem> Stepper => stepper;

    /// <summary>Advances, and writes the unknowns every so many steps.</summary>
    /// <param name="state">States [M, <see cref="Stepper{TSystem}.StateSize"/>]; overwritten with those after the last frame.</param>
    /// <param name="parameters">Parameters [M, <see cref="IOdeSystem.ParameterCount"/>].</param>
    /// <param name="grid">The steps.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="stepsPerFrame">Steps from one frame to the next.</param>
    /// <param name="path">Receives the unknowns [frames, M, n]; empty to keep none.</param>
    /// <exception cref="ArgumentException">The arrays' sizes do not fit each other, or the step is not above 0.</exception>
    public void Advance(Span<double> state, ReadOnlySpan<double> parameters, StepGrid grid, int frames, int stepsPerFrame, Span<double> path)
    {
        var (size, n) = (stepper.StateSize, stepper.System.Size);
        var members = state.Length / size;
        Require(
            path.IsEmpty || path.Length == (long)frames * members * n, "path", path.Length,
            $"{frames} frames of {members} members of {n} numbers, or be empty");
        Advance(state, MemberOrder.MembersFirst(size), members, parameters, grid, frames, stepsPerFrame, path, MemberOrder.MembersFirst(n), members * n);
    }

    /// <summary>The same for states in any order.</summary>
    /// <param name="state">States; overwritten with those after the last frame.</param>
    /// <param name="order">Where they stand.</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="parameters">Parameters [M, <see cref="IOdeSystem.ParameterCount"/>].</param>
    /// <param name="grid">The steps.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="stepsPerFrame">Steps from one frame to the next.</param>
    /// <param name="path">Receives the unknowns of every frame; empty to keep none.</param>
    /// <param name="pathOrder">Where they stand in a frame.</param>
    /// <param name="frameLength">Distance from one frame to the next.</param>
    /// <exception cref="ArgumentException">The arrays' sizes do not fit each other, or the step is not above 0.</exception>
    public void Advance(
        Span<double> state, MemberOrder order, int members, ReadOnlySpan<double> parameters, StepGrid grid, int frames, int stepsPerFrame,
        Span<double> path, MemberOrder pathOrder, int frameLength)
    {
        var system = stepper.System;
        Require(state.Length == members * stepper.StateSize, "state", state.Length, $"{members} members of {stepper.StateSize} numbers");
        Require(parameters.Length == members * system.ParameterCount, "parameters", parameters.Length, $"{members} members of {system.ParameterCount} numbers");
        var frameSize = members == 0 ? 0 : pathOrder.Index(members - 1, system.Size - 1) + 1;
        Require(
            path.IsEmpty || path.Length >= (frames - 1L) * frameLength + frameSize, "path", path.Length,
            $"{frames} frames of {frameSize} numbers at a distance of {frameLength}, or be empty");
        if (!(grid.Step > 0))
            throw new ArgumentException(FormattableString.Invariant($"The step is {grid.Step}; it must be above 0."), nameof(grid));
        if (members == 0)
            return;
        using var block = new StepBlock(stepper.StateSize, system.ParameterCount, stepper.WorkSize, stepper.Groups(members));
        for (var first = 0; first < members; first += block.Members)
        {
            var count = Math.Min(block.Members, members - first);
            block.Load(first, count, state, order, parameters);
            var step = grid.Done;
            for (var frame = 0; frame < frames; frame++)
            {
                for (var s = 0; s < stepsPerFrame; s++, step++)
                {
                    block.SetTimes(grid.Time(step), grid.Time(step + 1), grid.Step);
                    stepper.Step(block);
                    block.Swap();
                }
                if (!path.IsEmpty)
                    block.Store(first, count, system.Size, path.Slice(frame * frameLength, frameSize), pathOrder);
            }
            block.Store(first, count, stepper.StateSize, state, order);
        }
    }

    private static void Require(bool holds, string what, int length, string expected)
    {
        if (!holds)
            throw new ArgumentException($"The array '{what}' has {length} numbers; it must hold {expected}.", what);
    }
}
