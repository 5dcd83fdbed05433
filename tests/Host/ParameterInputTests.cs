using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;

namespace LedCluster.Host.Tests;

/// <summary>Parameters as users write them.</summary>
public sealed class ParameterInputTests : IDisposable
{
    private static readonly ISystem Oscillator = new System([new Parameter("mu", 1, 0.01, 10, "damping"), new Parameter("omega", 2, 0, 5, "frequency", "1/s")]);

    private static readonly ISystem Counted = new System(
        [new Parameter("n", 1, 0, 10, "walkers", IsWhole: true), new Parameter("phase", 0, 0, 1, "phase", IsDrawn: true, InitialOnly: true)]);

    private readonly string temporary = Directory.CreateTempSubdirectory("led-parameters-").FullName;

    [Fact]
    public void Values_and_ranges_are_read()
    {
        var values = ParameterInput.Settings(Oscillator, "--set", ["mu=1..5", "omega = 2.5"]);
        Assert.Equal((1.0, 5.0), (values["mu"].From, values["mu"].To));
        Assert.Equal("2.5", values["omega"].Text);
    }

    [Theory]
    [InlineData("nu=2", "Did you mean 'mu'?")]
    [InlineData("mu", "NAME=VALUE")]
    [InlineData("mu=fast", "--set mu is 'fast'; give a number, for example 1, or a range")]
    [InlineData("mu=0,5", "'0,5'")]
    [InlineData("mu=1..50", "outside 0.01..10 (damping")]
    [InlineData("mu=NaN", "'NaN'")]
    public void What_cannot_be_used_is_refused_with_what_can(string setting, string expected)
    {
        var message = Assert.Throws<UserError>(() => ParameterInput.Settings(Oscillator, "--set", [setting, "omega=9"])).Message;
        Assert.Contains(expected, message);
        Assert.Contains("omega=9 is outside 0..5", message); // all faults at once
    }

    [Fact]
    public void A_schedule_that_can_have_no_effect_is_refused()
    {
        var message = Assert.Throws<UserError>(() => ParameterInput.Settings(Counted, "--set", ["phase={\"time\":[0,50],\"value\":[0,1]}"])).Message;
        Assert.Contains("phase (phase) has an effect at t = 0 only", message);
    }

    [Fact]
    public void A_system_without_parameters_says_so() => Assert.Contains(
        "has no parameters", Assert.Throws<UserError>(() => ParameterInput.Settings(new System([]), "--set", ["mu=1"])).Message);

    [Theory]
    [InlineData("mu\n1\n2\n", 2)]
    [InlineData("omega,mu\n1, 2\r\n3,4\r\n5,6", 3)]
    public void A_table_has_a_line_of_names_and_one_for_each_member(string text, int members)
    {
        var values = ParameterInput.File(Oscillator, Write("p.csv", text));
        Assert.Equal(members, values["mu"].PerMember.Length);
        Assert.Equal(members, values["mu"].Of(members - 1, members) / (text[0] == 'm' ? 1 : 2), 12);
    }

    [Theory]
    [InlineData("nu\n1\n", "Did you mean 'mu'?")]
    [InlineData("mu\n", "has no values")]
    [InlineData("mu,omega\n1\n", "has 1 values in row 1, expected 2")]
    [InlineData("mu\n1\n\n2\n", "'' as mu in row 2")]
    [InlineData("mu\n1\n11\n", "member 1 is 11, which is outside 0.01..10")]
    [InlineData("mu,mu\n1,2\n", "twice")]
    public void A_faulty_table_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserError>(() => ParameterInput.File(Oscillator, Write("p.csv", text))).Message);

    [Fact]
    public void A_run_keeps_what_each_member_has_of_its_own_and_finds_it_again()
    {
        double[] column = [0.1, 0.3, 1.0 / 3];
        var table = new ParameterTable(Oscillator.Parameters, 5, 3, new Dictionary<string, ParameterValues>
        {
            ["mu"] = new(column[0], column[2], [.. column]),
            ["omega"] = new(0, 5),
        });
        var (text, path) = (ParameterInput.Text(table)!, Path.Combine(temporary, "parameters.csv"));
        Assert.Equal("0..5", text["omega"]);
        Assert.StartsWith("sha256:", text["mu"]);
        ParameterInput.Keep(table, 3, path);
        var again = ParameterInput.Restore(Oscillator, text, 5, 3, path);
        Assert.Equal(table.Of([0, 1, 2]), again.Of([0, 1, 2]));
        Assert.Equal(text, ParameterInput.Text(again));
        Assert.Equal(column, ParameterInput.File(Oscillator, path)["mu"].PerMember); // and the user can give it again

        File.WriteAllText(path, File.ReadAllText(path).Replace("0.3\n", "0.31\n", StringComparison.Ordinal));
        Assert.Contains("does not have the values of 'mu'", Assert.Throws<UserError>(() => ParameterInput.Restore(Oscillator, text, 5, 3, path)).Message);
        File.Delete(path);
        Assert.Contains("does not exist", Assert.Throws<UserError>(() => ParameterInput.Restore(Oscillator, text, 5, 3, path)).Message);
    }

    [Fact]
    public void A_run_without_parameters_of_its_own_has_none_in_its_spec()
    {
        var table = new ParameterTable(Oscillator.Parameters, 5);
        Assert.Null(ParameterInput.Text(table));
        ParameterInput.Keep(table, 3, Path.Combine(temporary, "none.csv"));
        Assert.False(File.Exists(Path.Combine(temporary, "none.csv")));
        Assert.Equal([1.0, 2], ParameterInput.Restore(Oscillator, null, 5, 3, Path.Combine(temporary, "none.csv")).Of([2]));
    }

    [Theory]
    [InlineData("""{"recipe": {"data": {"parameters": {"mu": "1..3"}}}}""", "mu=1..3", null)]
    [InlineData("""{"recipe": {"data": {"parameters": {"mu": "1..3"}}}}""", "mu=1..5", "mu of 2 of the 5 members, outside 1..3")]
    [InlineData("""{"recipe": {"data": {}}}""", "mu=2", "mu of 5 of the 5 members, outside 1")]
    [InlineData("""{"recipe": {"data": {}}}""", "mu=1", null)]
    [InlineData("{}", "mu=1", "does not record")]
    public void Parameters_beyond_those_of_the_training_are_told(string training, string setting, string? expected)
    {
        var table = new ParameterTable(Oscillator.Parameters, 5, 5, ParameterInput.Settings(Oscillator, "--set", [setting]));
        var warning = ParameterCheck.Warning(table, 5, frames: 0, timeStep: 1, JsonNode.Parse(training)!.AsObject());
        if (expected is null)
            Assert.Null(warning);
        else
            Assert.Contains(expected, warning);
    }

    [Theory]
    [InlineData("n=1.5", "--set n=1.5 cannot be used: n is 1.5; give whole numbers (walkers)")]
    [InlineData("n=0..2", "The parameter n is 0..2 over 5 members, which gives member 1 the value 0.5; give whole numbers (walkers)")]
    [InlineData("n={\"time\":[0,9],\"value\":[1,2]}", "--set n cannot be used: n goes in a straight line from 1 to 2")]
    public void A_number_of_things_is_whole(string setting, string expected) => Assert.Contains(expected, Assert.Throws<UserError>(() =>
        ParameterInput.Table(Counted, 5, 5, ParameterInput.Settings(Counted, "--set", [setting]), timeStep: 1)).Message);

    [Fact]
    public void A_faulty_number_of_things_in_a_table_is_refused() =>
        Assert.Contains("n is 2.5 for member 1", Assert.Throws<UserError>(() => ParameterInput.File(Counted, Write("n.csv", "n\n1\n2.5\n"))).Message);

    [Fact]
    public void What_shapes_the_initial_condition_alone_is_not_told()
    {
        var training = JsonNode.Parse("""{"parameters": {"n": [1, 2.123456], "phase": [0.1, 0.2]}}""")!.AsObject();
        var warning = ParameterCheck.Warning(
            new ParameterTable(Counted.Parameters, 5, 5, ParameterInput.Settings(Counted, "--set", ["n=3", "phase=0.9"])), 5, frames: 0,
            timeStep: 1, training)!;
        Assert.Contains("n of 5 of the 5 members, outside 1..2.12.", warning);
        Assert.DoesNotContain("phase", warning);
    }

    public void Dispose() => Directory.Delete(temporary, recursive: true);

    private string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(temporary, name), text);
        return Path.Combine(temporary, name);
    }

    private sealed class System(ImmutableArray<Parameter> parameters) : ISystem
    {
        public string Name => "oscillator";
        public IReadOnlyList<string> Equations => [];
        public IMicroSolver Solver => throw new NotSupportedException();
        public ImmutableArray<Parameter> Parameters => parameters;
        public IReadOnlyList<string> References => [];
        public void Reference(int index, ReadOnlySpan<double> values, Span<double> fields) => throw new NotSupportedException();
        public void Random(ulong seed, int member, ReadOnlySpan<double> values, Span<double> fields) => throw new NotSupportedException();
    }
}
