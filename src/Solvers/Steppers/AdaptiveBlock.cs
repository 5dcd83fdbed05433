using System.Runtime.Intrinsics;

namespace LedCluster.Solvers.Steppers;

/// <summary>Members that advance together, each with its own step.</summary>
internal sealed unsafe class AdaptiveBlock<TSystem> : IDisposable
    where TSystem : struct, IOdeSystem
{
    /// <summary>Part of the scale of the solution that the first step may change (HNW, section II.4).</summary>
    private const double FirstChange = 0.01;

    private readonly RungeKutta<TSystem> method;
    private readonly StepControl control;
    private readonly LinearCombination error;
    private readonly int n, groups;
    private readonly Vector512<double>* difference, slope, slopeNext; // [n, groups] each

    // Per group: the next step, masks of lanes, and steps counted.
    private readonly Vector512<double>[] proposal, accepted, repeated, finished, made, rejected;
    private readonly double[] weights;
    private readonly int[] nextOutput;
    private readonly StepFailure[] failures;
    private double[] times = [];
    private int first, count;

    /// <summary>Allocates a block.</summary>
    public AdaptiveBlock(RungeKutta<TSystem> method, StepControl control, int members)
    {
        (this.method, this.control, n) = (method, control, method.System.Size);
        groups = method.Groups(members);
        Steps = new StepBlock(n, method.System.ParameterCount, method.WorkSize + 3 * n, groups);
        difference = Steps.Work + method.WorkSize * groups;
        slope = difference + n * groups;
        slopeNext = slope + n * groups;
        error = new LinearCombination(method.Tableau.B.Zip(method.Tableau.Embedded, (b, second) => b - second));
        (proposal, accepted, repeated, finished, made, rejected) = (PerGroup(), PerGroup(), PerGroup(), PerGroup(), PerGroup(), PerGroup());
        (nextOutput, failures) = (new int[Members], new StepFailure[Members]);
        weights = new double[method.Tableau.Stages];
    }

    /// <summary>The states and the step.</summary>
    public StepBlock Steps { get; }

    /// <summary>Members that fit.</summary>
    public int Members => Steps.Members;

    private double End => times[^1];

    /// <inheritdoc />
    public void Dispose() => Steps.Dispose();

    /// <summary>Copies members in and chooses their first steps.</summary>
    public void Load(
        int first, int count, ReadOnlySpan<double> y, ReadOnlySpan<double> parameters, double start, ReadOnlySpan<double> outputTimes,
        ReadOnlySpan<double> steps)
    {
        (this.first, this.count) = (first, count);
        if (times.Length == 0)
            times = outputTimes.ToArray();
        Steps.Load(first, count, y, MemberOrder.MembersFirst(n), parameters);
        Steps.SetTimes(start, start, 0);
        new Span<Vector512<double>>(Steps.Next, n * groups).Clear();
        Array.Clear(nextOutput);
        Array.Clear(made);
        Array.Clear(rejected);
        Array.Clear(failures);
        Array.Clear(repeated);
        method.Evaluate(Steps, 0, Steps.Y, slope);
        for (var g = 0; g < groups; g++)
        {
            var (size, change) = (Vector512<double>.Zero, Vector512<double>.Zero);
            for (var i = g; i < n * groups; i += groups)
            {
                var scale = Scale(Vector512.Abs(Steps.Y[i]));
                size = Vector512.FusedMultiplyAdd(Steps.Y[i] / scale, Steps.Y[i] / scale, size);
                change = Vector512.FusedMultiplyAdd(slope[i] / scale, slope[i] / scale, change);
            }
            var (length, small) = (Vector512.Create(End - start), Vector512.Create(1e-10 * n));
            var chosen = Vector512.Min(FirstChange * Vector512.Sqrt(size / change), length);
            chosen = Vector512.ConditionalSelect(Vector512.LessThan(size, small) | Vector512.LessThan(change, small), 1e-6 * length, chosen);
            for (var lane = 0; lane < Lanes.Width; lane++)
            {
                var member = g * Lanes.Width + lane;
                if (!steps.IsEmpty && member < count && !double.IsNaN(steps[first + member]))
                    chosen = chosen.WithElement(lane, steps[first + member]);
            }
            proposal[g] = chosen;
            for (var lane = 0; lane < Lanes.Width; lane++)
                finished[g] = finished[g].WithElement(lane, g * Lanes.Width + lane < count ? 0.0 : BitConverter.Int64BitsToDouble(-1));
        }
    }

    /// <summary>Writes the frames at the start itself.</summary>
    public void OutputStart(Span<double> path, int members)
    {
        for (var member = 0; member < count; member++)
        {
            var now = Steps.Time[member / Lanes.Width][member % Lanes.Width];
            for (; nextOutput[member] < times.Length && times[nextOutput[member]] == now; nextOutput[member]++)
                for (var i = 0; i < n && !path.IsEmpty; i++)
                    path[(nextOutput[member] * members + first + member) * n + i] = ((double*)Steps.Y)[i * Members + member];
        }
    }

    /// <summary>Sets the coming step of every member; false when none is left to make.</summary>
    public bool Prepare()
    {
        var open = false;
        for (var g = 0; g < groups; g++)
        {
            var (time, end) = (Steps.Time[g], Vector512.Create(End));
            var h = Vector512.Min(proposal[g], Vector512.Create(control.MaximumStep));
            var next = time + h;
            next = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(next, end), end, next);
            var done = finished[g] | Vector512.Equals(time, end);
            var stuck = Vector512.AndNot(Vector512<double>.AllBitsSet, Vector512.GreaterThan(next, time) | done);
            if (stuck.AsInt64() != Vector512<long>.Zero)
                Fail(g, stuck, StepFailure.StepTooSmall);
            finished[g] = done | stuck;
            Steps.TimeNext[g] = Vector512.ConditionalSelect(finished[g], time, next);
            Steps.Step[g] = Steps.TimeNext[g] - time;
            open |= finished[g].AsInt64() != Vector512<long>.AllBitsSet;
        }
        return open;
    }

    /// <summary>Measures the error and decides which steps stand.</summary>
    public void Judge()
    {
        error.Sum(difference, method.Slope(Steps, 0), n * groups);
        for (var g = 0; g < groups; g++)
        {
            var square = Vector512<double>.Zero;
            for (var i = g; i < n * groups; i += groups)
            {
                var relative = Steps.Step[g] * difference[i] / Scale(Vector512.Max(Vector512.Abs(Steps.Y[i]), Vector512.Abs(Steps.Next[i])));
                square = Vector512.FusedMultiplyAdd(relative, relative, square) + (Steps.Next[i] - Steps.Next[i]); // NaN if the result is not finite
            }
            square /= n;
            var good = Vector512.LessThanOrEqual(square, Vector512<double>.One);
            var factor = control.Factor(square, Math.Min(method.Tableau.Order, method.Tableau.EmbeddedOrder));
            factor = Vector512.ConditionalSelect(good & repeated[g], Vector512.Min(factor, Vector512<double>.One), factor);
            var tried = Steps.Step[g];
            var cut = Vector512.Equals(Steps.TimeNext[g], Vector512.Create(End)) & good; // a last step says little about the one after
            var next = Vector512.ConditionalSelect(cut, Vector512.Max(proposal[g], tried * factor), tried * factor);
            proposal[g] = Vector512.ConditionalSelect(finished[g], proposal[g], next);
            accepted[g] = Vector512.AndNot(good, finished[g]);
            repeated[g] = Vector512.AndNot(Vector512<double>.AllBitsSet, good);
            made[g] += accepted[g] & Vector512<double>.One;
            rejected[g] += Vector512.AndNot(repeated[g], finished[g]) & Vector512<double>.One;
            var tooMany = Vector512.GreaterThanOrEqual(made[g] + rejected[g], Vector512.Create((double)control.MaximumSteps));
            tooMany = Vector512.AndNot(tooMany, finished[g] | (accepted[g] & cut));
            if (tooMany.AsInt64() != Vector512<long>.Zero)
                Fail(g, tooMany, StepFailure.TooManySteps);
        }
    }

    /// <summary>Writes the frames that lie within the steps that stand.</summary>
    public void Output(Span<double> path, int members)
    {
        if (path.IsEmpty)
            return;
        var haveSlopes = false;
        for (var member = 0; member < count; member++)
        {
            var (g, lane) = (member / Lanes.Width, member % Lanes.Width);
            if (!Has(accepted[g], lane))
                continue;
            var (from, to) = (Steps.Time[g][lane], Steps.TimeNext[g][lane]);
            for (; nextOutput[member] < times.Length && times[nextOutput[member]] <= to; nextOutput[member]++)
            {
                var time = times[nextOutput[member]];
                if (!haveSlopes && time < to && method.Tableau.Dense.IsEmpty)
                {
                    method.Evaluate(Steps, 0, Steps.Y, slope);
                    method.Evaluate(Steps, 1, Steps.Next, slopeNext);
                    haveSlopes = true;
                }
                Write(member, (time - from) / (to - from), path.Slice((nextOutput[member] * members + first + member) * n, n));
            }
        }
    }

    /// <summary>Moves on the members whose step stands.</summary>
    public void Accept()
    {
        for (var i = 0; i < n * groups; i++)
            Steps.Y[i] = Vector512.ConditionalSelect(accepted[i & (groups - 1)], Steps.Next[i], Steps.Y[i]);
        if (method.Tableau.FirstSameAsLast)
        {
            var kept = method.Slope(Steps, 0);
            var last = method.Slope(Steps, method.Tableau.Stages - 1);
            for (var i = 0; i < n * groups; i++)
                last[i] = Vector512.ConditionalSelect(accepted[i & (groups - 1)], last[i], kept[i]);
        }
        for (var g = 0; g < groups; g++)
            Steps.Time[g] = Vector512.ConditionalSelect(accepted[g], Steps.TimeNext[g], Steps.Time[g]);
    }

    /// <summary>Copies members out.</summary>
    public void Store(Span<double> y, Span<StepCount> counts, Span<double> steps)
    {
        Steps.Store(first, count, n, y, MemberOrder.MembersFirst(n));
        for (var member = 0; member < count; member++)
        {
            if (!counts.IsEmpty)
                counts[first + member] = new StepCount(
                    (int)made[member / Lanes.Width][member % Lanes.Width], (int)rejected[member / Lanes.Width][member % Lanes.Width],
                    failures[member]);
            if (!steps.IsEmpty)
                steps[first + member] = proposal[member / Lanes.Width][member % Lanes.Width];
        }
    }

    private Vector512<double>[] PerGroup() => new Vector512<double>[groups];

    private static bool Has(Vector512<double> mask, int lane) => mask.AsInt64()[lane] != 0;

    private Vector512<double> Scale(Vector512<double> size) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(control.Relative), size, Vector512.Create(control.Absolute));

    /// <summary>Gives members up: they read NaN from here on.</summary>
    private void Fail(int group, Vector512<double> lanes, StepFailure failure)
    {
        finished[group] |= lanes;
        accepted[group] = Vector512.AndNot(accepted[group], lanes);
        for (var i = group; i < n * groups; i += groups)
            Steps.Y[i] = Vector512.ConditionalSelect(lanes, Vector512.Create(double.NaN), Steps.Y[i]);
        for (var lane = 0; lane < Lanes.Width; lane++)
            if (Has(lanes, lane))
                failures[group * Lanes.Width + lane] = failure;
    }

    /// <summary>The unknowns of a member at t + θh.</summary>
    private void Write(int member, double θ, Span<double> target)
    {
        var stride = Members;
        var y = (double*)Steps.Y + member;
        var next = (double*)Steps.Next + member;
        var h = ((double*)Steps.Step)[member];
        var tableau = method.Tableau;
        if (θ == 1)
        {
            for (var i = 0; i < n; i++)
                target[i] = next[i * stride];
        }
        else if (tableau.Dense.IsEmpty)
        {
            var f0 = (double*)slope + member;
            var f1 = (double*)slopeNext + member;
            for (var i = 0; i < n; i++)
            {
                var (from, to) = (y[i * stride], next[i * stride]);
                var bend = (1 - 2 * θ) * (to - from) + h * ((θ - 1) * f0[i * stride] + θ * f1[i * stride]);
                target[i] = (1 - θ) * from + θ * to + θ * (θ - 1) * bend;
            }
        }
        else
        {
            for (var stage = 0; stage < weights.Length; stage++)
            {
                weights[stage] = 0;
                for (var power = tableau.Dense[stage].Length - 1; power >= 0; power--)
                    weights[stage] = Math.FusedMultiplyAdd(weights[stage], θ, tableau.Dense[stage][power]);
                weights[stage] *= θ;
            }
            var slopes = (double*)method.Slope(Steps, 0) + member;
            for (var i = 0; i < n; i++)
            {
                var sum = 0.0;
                for (var stage = 0; stage < weights.Length; stage++)
                    sum = Math.FusedMultiplyAdd(weights[stage], slopes[(stage * n + i) * stride], sum);
                target[i] = Math.FusedMultiplyAdd(h, sum, y[i * stride]);
            }
        }
    }
}
