namespace LedCluster.Solvers.Steppers;

/// <summary>Why a member was given up.</summary>
public enum StepFailure
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>No step above the round-off of the time meets the tolerance, or the solution is not finite.</summary>
    StepTooSmall,

    /// <summary><see cref="StepControl.MaximumSteps"/> were made before the end.</summary>
    TooManySteps,
}

/// <summary>What a member took.</summary>
/// <param name="Accepted">Steps made.</param>
/// <param name="Rejected">Steps whose error was too large, made again with a smaller h.</param>
/// <param name="Failure">Why it was given up.</param>
public readonly record struct StepCount(int Accepted, int Rejected, StepFailure Failure);

/// <summary>
/// The stepping loop with a step of each member's own, chosen by the error of an embedded pair. Results at given times come from the
/// tableau's dense output, or from a cubic through both ends of a step (HNW, equation II.6.7) if it has none. A member's bits depend on
/// its own state, parameters and times alone. A member that is given up reads NaN from there on. Immutable, and safe to use from several threads.
/// </summary>
/// <typeparam name="TSystem">The system.</typeparam>
public sealed class AdaptiveIntegrator<TSystem>
    where TSystem : struct, IOdeSystem
{
    private readonly RungeKutta<TSystem> method;
    private readonly StepControl control;

    /// <summary>Prepares the loop.</summary>
    /// <param name="method">The method; its tableau must have a second result.</param>
    /// <param name="control">Choice of the step.</param>
    /// <exception cref="ArgumentException">The tableau has no second result, or an option is outside its range.</exception>
    public AdaptiveIntegrator(RungeKutta<TSystem> method, StepControl? control = null)
    {
        if (method.Tableau.Embedded.IsEmpty)
        {
            var pairs = ExplicitTableaux.All.Concat(ImplicitTableaux.All).Where(tableau => !tableau.Embedded.IsEmpty);
            throw new ArgumentException(
                $"The tableau '{method.Tableau}' has no second result to measure the error with. These have: {string.Join(", ", pairs)}.",
                nameof(method));
        }
        (this.method, this.control) = (method, (control ?? new()).Checked());
    }

    /// <summary>Advances to the last of the given times.</summary>
    /// <param name="y">Unknowns [M, n]; overwritten with those at the last time.</param>
    /// <param name="parameters">Parameters [M, <see cref="IOdeSystem.ParameterCount"/>].</param>
    /// <param name="start">Time of the given unknowns.</param>
    /// <param name="times">Times of the frames, ascending, from <paramref name="start"/> on; the last step of a member ends at the last.</param>
    /// <param name="path">Receives the unknowns [times, M, n]; empty to keep none.</param>
    /// <param name="counts">Receives what each member took [M]; empty to keep none.</param>
    /// <param name="steps">
    /// First step of each member [M], NaN to have it chosen; overwritten with the one that would come next. Empty to have all chosen.
    /// </param>
    /// <exception cref="ArgumentException">The arrays' sizes do not fit each other, or the times do not ascend.</exception>
    public void Advance(
        Span<double> y, ReadOnlySpan<double> parameters, double start, ReadOnlySpan<double> times, Span<double> path,
        Span<StepCount> counts = default, Span<double> steps = default)
    {
        var system = method.System;
        var members = y.Length / system.Size;
        Require(y.Length == members * system.Size, nameof(y), y.Length, $"members of {system.Size} numbers");
        Require(
            parameters.Length == members * system.ParameterCount, nameof(parameters), parameters.Length,
            $"{members} members of {system.ParameterCount} numbers");
        Require(
            path.IsEmpty || path.Length == (long)times.Length * y.Length, nameof(path), path.Length,
            $"{times.Length} times of {members} members of {system.Size} numbers, or be empty");
        Require(counts.IsEmpty || counts.Length == members, nameof(counts), counts.Length, $"one entry for each of {members} members, or be empty");
        Require(steps.IsEmpty || steps.Length == members, nameof(steps), steps.Length, $"one step for each of {members} members, or be empty");
        for (var i = 0; i < times.Length; i++)
            if (!double.IsFinite(times[i]) || !(times[i] >= (i == 0 ? start : times[i - 1])))
                throw new ArgumentException(
                    FormattableString.Invariant($"Time {i} is {times[i]}; times must be finite and ascend from the start, {start}."),
                    nameof(times));
        path.Fill(double.NaN);
        if (members == 0 || times.IsEmpty)
            return;
        using var block = new AdaptiveBlock<TSystem>(method, control, members);
        for (var first = 0; first < members; first += block.Members)
        {
            var count = Math.Min(block.Members, members - first);
            block.Load(first, count, y, parameters, start, times, steps);
            block.OutputStart(path, members);
            while (block.Prepare())
            {
                method.Attempt(block.Steps);
                block.Judge();
                block.Output(path, members);
                block.Accept();
            }
            block.Store(y, counts, steps);
        }
    }

    private static void Require(bool holds, string what, int length, string expected)
    {
        if (!holds)
            throw new ArgumentException($"The array '{what}' has {length} numbers; it must hold {expected}.", what);
    }
}
