using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>Dynamics that draw, depend on time and have parameters give a member the same bits wherever and with whomever it is run.</summary>
public sealed class StepContextTests
{
    private const int Members = 13;
    private const ulong Seed = 99;

    private static readonly ImmutableArray<Leg> Plan = LedCycle.Plan(new LedSchedule(7, 6, 5, 60) { LongestLeg = 4 });
    private static readonly ParameterTable Parameters = new(
        new StochasticDynamics().Parameters, Seed, Members,
        new Dictionary<string, ParameterValues> { ["a"] = new(0.5, 0.95) });

    /// <summary>The parameters a, in lines, of each member, and c, in steps, of all, change in time.</summary>
    private static readonly ParameterTable Changing = new(
        new StochasticDynamics().Parameters, Seed, Members,
        new Dictionary<string, ParameterValues>
        {
            ["a"] = new(0, 0)
            {
                Schedule = ParameterSchedule.Of(
                    [3, 9, 20],
                    [.. Enumerable.Range(0, Members).Select(m => (double[])[0.5, 0.6 + 0.02 * m, 0.9])],
                    ScheduleInterpolation.Linear),
            },
            ["c"] = new(0, 0) { Schedule = ParameterSchedule.Of([0, 5, 17.5], [[0.1, -0.5, 1]], ScheduleInterpolation.Previous) },
        },
        timeStep: 0.5);

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, false)]
    [InlineData(1, true)]
    [InlineData(4, true)]
    public void Members_have_the_same_bits_in_any_cohort(int cohortSize, bool changing)
    {
        var (expected, actual) = (Run(Members, Seed, changing: changing), Run(cohortSize, Seed, changing: changing));
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (key, segment) in expected)
            Assert.Equal(segment, actual[key]);
        Assert.Equal((long)Members * Plan.Length, expected.Count);
    }

    [Fact]
    public void Diagnostics_are_those_of_the_fields_whether_these_are_kept_or_not()
    {
        var (kept, without) = (Run(4, Seed), Run(4, Seed, keepFields: false));
        foreach (var (member, leg) in kept.Keys)
        {
            var (frames, all) = (Plan[leg].Frames, kept[(member, leg)]);
            var (fields, series, latents) = (all[..(2 * frames)], all[(2 * frames)..(6 * frames)], all[(6 * frames)..(7 * frames)]);
            Assert.Equal(all[(2 * frames)..], without[(member, leg)]);
            var p = Parameters.Of([member]);
            for (var f = 0; f < frames; f++)
            {
                Assert.Equal(fields[2 * f] + (double)fields[2 * f + 1], series[4 * f], 1e-5 * (1 + Math.Abs(fields[2 * f])));
                Assert.Equal(p[0] * p[1] * fields[2 * f] * (Plan[leg].First + f) * 0.5, series[4 * f + 1], 1e-4 * (1 + Math.Abs(series[4 * f + 1])));
                Assert.Equal(latents[f] * (Plan[leg].First + f), series[4 * f + 2]); // the reduction's own
                var told = Plan[leg].Phase == Phase.Macro
                    ? (float)new StepContext(Seed, new[] { member }, 0).Random(0, Plan[leg].First + f, DrawPurpose.Propagator).NextNormal()
                    : float.NaN;
                Assert.Equal(told, series[4 * f + 3]); // the propagator's
            }
        }
    }

    [Fact]
    public void Solver_propagator_and_diagnostics_see_a_schedule_at_the_absolute_frame()
    {
        var (changing, constant) = (Run(4, Seed, changing: true), Run(4, Seed));
        Assert.All(constant.Keys, key => Assert.NotEqual(constant[key], changing[key]));
        Assert.Equal(Run(4, Seed, keepFields: false, changing: true)[(2, 5)], changing[(2, 5)][(2 * Plan[5].Frames)..]);
        foreach (var ((member, leg), all) in changing)
            for (var (frames, f) = (Plan[leg].Frames, 0); f < frames; f++)
            {
                var frame = Plan[leg].First + f;
                var (a, c) = (Changing.Value(0, member, frame), Changing.Value(1, member, frame));
                Assert.Equal(a * c * all[2 * f] * frame * 0.5, all[2 * frames + 4 * f + 1], 1e-4 * (1 + Math.Abs(all[2 * frames + 4 * f + 1])));
                if (Plan[leg].Phase == Phase.Macro || f == 0 || Plan[leg].Index == 0)
                    continue;
                // x' = ax + ct + noise with the a and c of the frame before, and the noise of a member's own stream.
                var before = Changing.Context(new[] { member }).At(frame - 1);
                var noise = before.Random(0, frame, DrawPurpose.Solver).NextNormal();
                var x = before.ParametersOf(0)[0] * all[2 * f - 2] + before.ParametersOf(0)[1] * frame * 0.5 + noise;
                Assert.Equal(x, all[2 * f], 1e-4 * (1 + Math.Abs(x)));
            }
    }

    [Fact]
    public void Seed_members_and_parameters_matter()
    {
        var (one, other) = (Run(Members, Seed), Run(Members, Seed + 1));
        Assert.All(one.Keys, key => Assert.NotEqual(one[key], other[key]));
        Assert.NotEqual(one[(0, 3)], one[(1, 3)]);
    }

    [Fact]
    public void A_propagator_that_draws_without_saying_that_it_depends_on_frames_is_refused()
    {
        var context = StepContext.Of(2).At(-1);
        Assert.Contains("DependsOnFrame", Assert.Throws<InvalidOperationException>(() => context.Random(0, 3, DrawPurpose.Propagator)).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_solver_that_hands_out_too_few_or_too_many_frames_is_refused(int surplus)
    {
        var wrong = new Miscounting(surplus);
        var worker = new MicroWorker(wrong, wrong.Inner.Model, Plan, LiftRule.Equilibrium, keepFields: true, new ThreadClock(), Seed);
        Assert.Contains("handed out", Assert.Throws<InvalidOperationException>(() => worker.Run(Start([0, 1], Parameters))).Message);
    }

    /// <summary>What every leg leaves of each member: latents, fields and trust; cohorts go over the wire between legs.</summary>
    private static Dictionary<(int Member, int Leg), float[]> Run(int cohortSize, ulong seed, bool keepFields = true, bool changing = false)
    {
        var table = changing ? Changing : Parameters;
        var kept = new Dictionary<(int, int), float[]>();
        var queue = Enumerable.Range(0, Members).Chunk(cohortSize).Select(members => Start(members, table)).ToList();
        // Cohorts of different legs wait together, so that those that may share a batch must be told apart.
        for (var turn = 0; queue.Count > 0; turn++)
        {
            var dynamics = new StochasticDynamics(); // as another worker has it
            var micro = new MicroWorker(
                dynamics, dynamics.Model, Plan, LiftRule.Equilibrium, keepFields, new ThreadClock(), seed,
                Diagnostics.Of(dynamics, dynamics.Model), table.Schedules);
            var latent = new LatentWorker(
                dynamics.Model, Plan, dynamics.Layout.Size, new ThreadClock(), keepFields, seed, Diagnostics.Of(dynamics, dynamics.Model),
                table.Schedules);
            var now = queue.Where((_, i) => turn % 2 == 0 || i % 2 == 0).ToArray();
            queue.RemoveAll(now.Contains);
            List<LegResult> results = [.. now.Where(c => Plan[c.Leg].Phase != Phase.Macro).Select(micro.Run)];
            foreach (var alike in now.Where(c => Plan[c.Leg].Phase == Phase.Macro).GroupBy(latent.Shape))
                results.AddRange(Latent(latent, [.. alike]));
            foreach (var (next, segment, _) in results)
            {
                Assert.Empty(segment.Failures);
                var count = segment.Members.Length;
                for (var m = 0; m < count; m++)
                    kept.Add((segment.Members[m], segment.Leg.Index), [
                        .. Rows(segment.Fields, 2, m, count), .. Rows(segment.Series, 4, m, count), .. Rows(segment.Latents, 1, m, count),
                        segment.Trust[m].Reconstruction, segment.Trust[m].Excess]);
                if (next!.Leg < Plan.Length)
                    queue.Add(CohortCodec.Decode(CohortCodec.Encode(next)));
            }
        }
        return kept;
    }

    private static IEnumerable<LegResult> Latent(LatentWorker worker, Cohort[] cohorts)
    {
        var result = worker.Run(cohorts);
        return Enumerable.Range(0, cohorts.Length).Select(result).ToArray();
    }

    private static Cohort Start(int[] members, ParameterTable table) =>
        Cohort.Start([.. members], [.. members.SelectMany(m => (double[])[m, m % 2])], table.Of(members));

    private static IEnumerable<float> Rows(float[] values, int size, int member, int members) =>
        values.Chunk(size).Where((_, row) => row % members == member).SelectMany(row => row);

    /// <summary>Hands out another number of frames than it was asked for.</summary>
    private sealed class Miscounting(int surplus) : IMicroSolver
    {
        public StochasticDynamics Inner { get; } = new();

        public Domain.Fields.FieldLayout Layout => Inner.Layout;

        public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => Inner.Lift(fields, lift, context);

        public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context) => Inner.Advance(state, frames + surplus, sink, context);
    }
}
