using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Tests;

/// <summary>What every solver promises. Derive a class with the system to be tested.</summary>
public abstract class SolverContract
{
    private const ulong Seed = 11;

    /// <summary>Frames of a test: enough that a member is not what it was, few enough for a second.</summary>
    protected virtual int Frames => 12;

    /// <summary>Name of the system.</summary>
    internal string SystemName => Create().Name;

    /// <summary>The system; a new one with each call, as another worker would have it.</summary>
    protected abstract ISystem Create();

    [Fact]
    public void A_member_alone_is_the_member_in_company()
    {
        int[] members = [.. Enumerable.Range(3, 11)];
        var together = Run(Create(), members, Frames);
        foreach (var m in (int[])[0, 7, 10])
            Equal(Of(together.Fields, members.Length, m), Run(Create(), [members[m]], Frames).Fields);
    }

    [Fact]
    public void The_order_of_members_does_not_matter()
    {
        var (forward, backward) = (Run(Create(), [5, 2, 9], Frames), Run(Create(), [9, 5, 2], Frames));
        Equal(Of(forward.Fields, 3, 0), Of(backward.Fields, 3, 1));
        Equal(Of(forward.Fields, 3, 1), Of(backward.Fields, 3, 2));
        Equal(Of(forward.Fields, 3, 2), Of(backward.Fields, 3, 0));
    }

    [Fact]
    public void A_run_in_pieces_is_the_run_at_once_also_on_another_worker()
    {
        int[] members = [1, 4, 6];
        var whole = Run(Create(), members, Frames);
        var (system, context) = (Create(), Context(members));
        var sink = new Rows();
        var state = system.Solver.Advance(system.Solver.Lift(Start(system, members), LiftRule.Equilibrium, context), 1, sink, context);
        var kept = (double[])state.Clone(); // what is checkpointed: nobody may write to it
        state = Create().Solver.Advance((double[])state.Clone(), Frames - 2, sink, context.At(1));
        state = system.Solver.Advance(state, 1, sink, context.At(Frames - 1));
        Equal(whole.Fields, [.. sink.Fields]);
        Equal(whole.State, state);

        var again = new Rows();
        Create().Solver.Advance(kept, Frames - 1, again, context.At(1));
        Equal(whole.Fields[(whole.Fields.Length / Frames)..], [.. again.Fields]);
    }

    [Fact]
    public void A_member_that_fails_does_not_change_the_others()
    {
        var system = Create();
        int[] members = [0, 1, 2];
        var (context, fields, sink) = (Context(members), Start(system, members), new Rows());
        var whole = Run(system, members, Frames);
        fields.AsSpan(fields.Length / 3, fields.Length / 3).Fill(double.NaN);
        system.Solver.Advance(system.Solver.Lift(fields, LiftRule.Equilibrium, context), Frames, sink, context);
        Equal(Of(whole.Fields, 3, 0), Of([.. sink.Fields], 3, 0));
        Equal(Of(whole.Fields, 3, 2), Of([.. sink.Fields], 3, 2));
    }

    [Fact]
    public void Frames_come_whole_and_in_order_and_members_differ()
    {
        var system = Create();
        var (fields, _) = Run(system, [2, 3], Frames);
        var size = system.Solver.Layout.Size;
        Assert.Equal(Frames * 2 * size, fields.Length);
        for (var row = 0; row < 2 * Frames; row++)
            Assert.Null(system.Solver.Layout.Fault(fields.AsSpan(row * size, size)));
        Assert.NotEqual(fields[^(2 * size)..^size], fields[^size..]);
        // Of n frames, the last is where n frames of another run end.
        var fewer = Run(system, [2, 3], Frames / 2).Fields;
        Equal(fields[..fewer.Length], fewer);
    }

    [Fact]
    public void Lifting_depends_on_its_arguments_alone()
    {
        int[] members = [4, 8];
        foreach (var lift in Enum.GetValues<LiftRule>())
        {
            var (system, context) = (Create(), Context(members));
            var state = system.Solver.Lift(Start(system, members), lift, context);
            Equal(state, Create().Solver.Lift(Start(system, members), lift, context));
            Equal(state[(state.Length / 2)..], system.Solver.Lift(Start(system, [8]), lift, context.Slice(1, 1)));
        }
    }

    [Fact]
    public void Initial_conditions_are_physical_and_depend_on_seed_and_member_alone()
    {
        var (system, size) = (Create(), Create().Solver.Layout.Size);
        for (var m = 0; m < 20; m++)
        {
            var fields = Start(system, [m]);
            Assert.Null(system.Solver.Layout.Fault(fields));
            Equal(fields, Start(Create(), [m]));
        }
        var reference = new double[size];
        for (var i = 0; i < system.References.Count; i++)
        {
            system.Reference(i, Parameters(system, [0]), reference);
            Assert.Null(system.Solver.Layout.Fault(reference));
        }
    }

    [Fact]
    public void Parameters_are_named_for_files_and_within_their_ranges()
    {
        foreach (var parameter in Create().Parameters)
        {
            Assert.Matches("^[A-Za-z][A-Za-z0-9_]*$", parameter.Name);
            Assert.InRange(parameter.Default, parameter.Minimum, parameter.Maximum);
            Assert.NotEmpty(parameter.Meaning);
        }
        Assert.Distinct(Create().Parameters.Select(p => p.Name));
    }

    [Fact]
    public void Diagnostics_are_numbers_that_depend_on_the_frame_alone()
    {
        var (system, members) = (Create(), new[] { 2, 5 });
        if (Diagnostics.Of(system) is not { } diagnostics)
            return;
        Assert.Distinct(diagnostics.Names);
        Assert.All(system.Diagnostics, d => Assert.Matches("^[A-Za-z][A-Za-z0-9_]*$", d.Name));
        var (fields, size, d) = (Run(system, members, Frames).Fields, system.Solver.Layout.Size, diagnostics.Names.Length);
        var (all, alone) = (new float[2 * Frames * d], new float[Frames * d]);
        diagnostics.Compute(fields, [], all, Context(members).At(1));
        Assert.All(all, value => Assert.True(float.IsFinite(value)));
        diagnostics.Compute(Of(fields, 2, 1), [], alone, Context([5]).At(1));
        for (var i = 0; i < alone.Length; i++)
            Assert.Equal(all[(i / d * 2 + 1) * d + i % d], alone[i]);
    }

    private StepContext Context(int[] members) => new ParameterTable(Create().Parameters, Seed).Context(members);

    private static double[] Parameters(ISystem system, int[] members) => new ParameterTable(system.Parameters, Seed).Of(members);

    private static double[] Start(ISystem system, int[] members)
    {
        var size = system.Solver.Layout.Size;
        var fields = new double[members.Length * size];
        for (var i = 0; i < members.Length; i++)
            system.Random(Seed, members[i], Parameters(system, [members[i]]), fields.AsSpan(i * size, size));
        return fields;
    }

    private (double[] Fields, double[] State) Run(ISystem system, int[] members, int frames)
    {
        var (context, sink) = (Context(members), new Rows());
        var state = system.Solver.Advance(system.Solver.Lift(Start(system, members), LiftRule.Equilibrium, context), frames, sink, context);
        return ([.. sink.Fields], state);
    }

    /// <summary>All frames of one member.</summary>
    private double[] Of(double[] fields, int members, int position)
    {
        var size = Create().Solver.Layout.Size;
        var own = new double[fields.Length / members];
        for (var f = 0; f < own.Length / size; f++)
            fields.AsSpan((f * members + position) * size, size).CopyTo(own.AsSpan(f * size));
        return own;
    }

    /// <summary>The same bits, NaN included.</summary>
    private static void Equal(double[] expected, double[] actual) =>
        Assert.Equal(expected.Select(BitConverter.DoubleToInt64Bits), actual.Select(BitConverter.DoubleToInt64Bits));

    private sealed class Rows : IFrameSink
    {
        public List<double> Fields { get; } = [];

        public void Add(ReadOnlySpan<double> fields) => Fields.AddRange(fields);
    }
}
