using System.Collections.Immutable;
using System.Globalization;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>Values of a parameter that the user gives: one for all members, a range over the members, one for each, or a schedule in time.</summary>
/// <param name="From">Value of the first member.</param>
/// <param name="To">Value of the last member; between them the values are equally spaced.</param>
/// <param name="PerMember">A value for each member, instead of the range.</param>
public sealed record ParameterValues(double From, double To, ImmutableArray<double> PerMember = default)
{
    /// <summary>How it changes in time; null when it does not.</summary>
    public ParameterSchedule? Schedule { get; init; }

    /// <summary>Values in words: <c>2</c>, <c>1..5</c> or a schedule; null when each member has its own.</summary>
    public string? Text =>
        Schedule is not null ? Schedule.Text : !PerMember.IsDefault ? null : From.Equals(To) ? From.ToString("R", CultureInfo.InvariantCulture)
        : FormattableString.Invariant($"{From:R}..{To:R}");

    /// <summary>The value of a member, which does not change in time.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="members">Number of members of the run.</param>
    public double Of(int member, int members) => !PerMember.IsDefault ? PerMember[member]
        : member == 0 ? From : member == members - 1 ? To : From + (To - From) * ((double)member / (members - 1));

    /// <summary>
    /// What of the values is not a whole number, as a clause that follows the parameter's name; null when the values of all members are whole at all
    /// times. A range is whole if its ends and the steps between the members are.
    /// </summary>
    /// <param name="members">Number of members of the run.</param>
    public string? Fraction(int members)
    {
        if (Schedule is not null)
            return Schedule.Fraction;
        foreach (var (member, value) in (PerMember.IsDefault ? (double[])[From, To] : [.. PerMember]).Index())
            if (!double.IsInteger(value))
                return FormattableString.Invariant($"is {value:R}{(PerMember.IsDefault ? "" : $" for member {member}")}");
        return PerMember.IsDefault && members > 2 && (To - From) % (members - 1) != 0
            ? FormattableString.Invariant($"is {Text} over {members} members, which gives member 1 the value {Of(1, members):R}") : null;
    }

    /// <summary>Reads <c>2</c> or <c>1..5</c>, as JSON has numbers; null when it is neither.</summary>
    public static ParameterValues? Parse(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return text.Contains("...", StringComparison.Ordinal) ? null : dots < 0
            ? Number(text) is { } value ? new(value, value) : null
            : Number(text[..dots]) is { } from && Number(text[(dots + 2)..]) is { } to ? new(from, to) : null;

        static double? Number(string part) =>
            double.TryParse(
                part, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
                out var value)
            && double.IsFinite(value) ? value : null;
    }
}

/// <summary>Parameters of every member of a run.</summary>
public sealed class ParameterTable
{
    private readonly int members;
    private readonly ParameterValues?[] given;

    /// <summary>A table in which every parameter has its default, or is drawn.</summary>
    /// <param name="declared">The system's parameters.</param>
    /// <param name="seed">Seed of the run.</param>
    public ParameterTable(ImmutableArray<Parameter> declared, ulong seed)
        : this(declared, seed, 1, ImmutableDictionary<string, ParameterValues>.Empty)
    {
    }

    /// <summary>A table with values of the user.</summary>
    /// <param name="declared">The system's parameters.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="members">Number of members of the run.</param>
    /// <param name="values">What is given, by name; the others have their defaults, or are drawn.</param>
    /// <param name="timeStep">Time between two frames, for schedules.</param>
    /// <exception cref="ArgumentException">
    /// A name is unknown, or there are not as many values as members, or a parameter that counts has a value that is not whole.
    /// </exception>
    public ParameterTable(
        ImmutableArray<Parameter> declared, ulong seed, int members, IReadOnlyDictionary<string, ParameterValues> values,
        double timeStep = double.NaN)
    {
        (Declared, Seed, Given, this.members, TimeStep) = (declared, seed, values, members, timeStep);
        given = [.. declared.Select(parameter => values.GetValueOrDefault(parameter.Name))];
        if (values.Keys.Except(declared.Select(parameter => parameter.Name)).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"There is no parameter '{unknown}'.", nameof(values));
        if (given.FirstOrDefault(v => v is { PerMember.IsDefault: false } && v.PerMember.Length != members) is { } wrong)
            throw new ArgumentException($"There are {wrong.PerMember.Length} values for {members} members.", nameof(values));
        if (given.FirstOrDefault(v => v?.Schedule is { Rows: > 1 } schedule && schedule.Rows != members) is { } rows)
            throw new ArgumentException($"There are schedules for {rows.Schedule!.Rows} of {members} members.", nameof(values));
        foreach (var (index, parameter) in declared.Index())
            if (parameter.IsWhole && (parameter.IsDrawn ? "is drawn" : given[index]?.Fraction(members)) is { } fraction)
                throw new ArgumentException($"The parameter {parameter.Name} {fraction}; it must be a whole number.", nameof(values));
        if (given.All(v => v?.Schedule is null))
            return;
        Schedules = !(timeStep > 0) ? throw new ArgumentException($"With schedules, a time step is needed; it is {timeStep}.", nameof(timeStep))
            : new([.. given.Index().Where(v => v.Item?.Schedule is not null).Select(v => (v.Index, v.Item!.Schedule!))], timeStep);
    }

    /// <summary>The system's parameters.</summary>
    public ImmutableArray<Parameter> Declared { get; }

    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; }

    /// <summary>What the user has given, by name.</summary>
    public IReadOnlyDictionary<string, ParameterValues> Given { get; }

    /// <summary>Time between two frames, for schedules; NaN where it was not said.</summary>
    public double TimeStep { get; }

    /// <summary>The parameters that change in time; null when none does.</summary>
    public ParameterSchedules? Schedules { get; }

    /// <summary>How a parameter changes in time; null when it does not.</summary>
    /// <param name="index">Position among <see cref="Declared"/>.</param>
    public ParameterSchedule? Schedule(int index) => given[index]?.Schedule;

    /// <summary>Value of a parameter.</summary>
    /// <param name="index">Position among <see cref="Declared"/>.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="frame">Absolute frame.</param>
    public double Value(int index, int member, int frame = 0)
    {
        if (given[index] is not { } values)
            return Declared[index].Of(index, Seed, member);
        if (values.Schedule is { } schedule)
            return schedule.At(member, frame, TimeStep);
        var value = values.Of(member, members);
        return Declared[index].IsWhole ? Math.Round(value) : value; // 1/49 · 49 is not 1
    }

    /// <summary>Parameters [M, P] of some members at frame 0.</summary>
    public double[] Of(ReadOnlySpan<int> members)
    {
        var values = new double[members.Length * Declared.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value(i % Declared.Length, members[i / Declared.Length]);
        return values;
    }

    /// <summary>Some members at their initial condition, frame 0.</summary>
    public StepContext Context(ReadOnlyMemory<int> members) => new(Seed, members, 0, Of(members.Span)) { Schedules = Schedules };
}

/// <summary>A parameter of a system, of which every member has a value of its own.</summary>
/// <param name="Name">Name on the command line and in output files: an ASCII letter, then letters, digits and underscores.</param>
/// <param name="Default">Value when none is given.</param>
/// <param name="Minimum">Least value for which the solver is meant.</param>
/// <param name="Maximum">Largest value for which the solver is meant.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
/// <param name="IsDrawn">Whether, when no value is given, each member draws one uniformly between minimum and maximum instead of the default.</param>
/// <param name="IsWhole">Whether it counts something, so that all its values must be whole numbers; such a parameter is not drawn.</param>
/// <param name="InitialOnly">Whether it shapes members of the random family at t = 0 and nothing else, so that no solver and no model depends on it.</param>
/// <param name="IsClock">
/// Whether it is what a clock shows at t = 0, which goes on with time and begins again after maximum − minimum: a trajectory then passes
/// the values that follow its own.
/// </param>
/// <param name="IsFixed">Whether the system's equations hold for constant values alone, so that it cannot be given a schedule.</param>
public sealed record Parameter(
    string Name, double Default, double Minimum, double Maximum, string Meaning, string Unit = "1", bool IsDrawn = false, bool IsWhole = false,
    bool InitialOnly = false, bool IsClock = false, bool IsFixed = false)
{
    /// <summary>Value of a member when none is given; it depends on seed and member alone.</summary>
    /// <param name="index">Position among the system's parameters.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="member">Index of the member.</param>
    public double Of(int index, ulong seed, int member) => IsDrawn
        ? new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.Parameter << 24 | (uint)index).NextUniform(Minimum, Maximum)
        : Default;
}
