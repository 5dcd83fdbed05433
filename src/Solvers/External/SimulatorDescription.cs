using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Wire;

namespace LedCluster.Solvers.External;

/// <summary>What a simulator in another program says about itself when it is started; see docs/your-own-simulator.md.</summary>
public sealed partial record SimulatorDescription
{
    /// <summary>Version of the protocol that is spoken here.</summary>
    public const int ProtocolVersion = 1;

    private const int MostNumbers = 1 << 27;
    private const double GreatestFloat = 3.4e38; // outputs are kept in single precision

    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Version of the protocol that the program speaks.</summary>
    public required int Protocol { get; init; }

    /// <summary>Name of the system.</summary>
    public required string Name { get; init; }

    /// <summary>Governing equations, one a line.</summary>
    public IReadOnlyList<string> Equations { get; init; } = [];

    /// <summary>The physical quantities, in storage order.</summary>
    public required IReadOnlyList<Channel> Channels { get; init; }

    /// <summary>The axes of the grid, slowest first; none for an ordinary differential equation.</summary>
    public IReadOnlyList<Axis> Axes { get; init; } = [];

    /// <summary>Time from one frame to the next.</summary>
    public required double TimeStep { get; init; }

    /// <summary>Unit of the time step, or <c>1</c>.</summary>
    public string TimeUnit { get; init; } = "1";

    /// <summary>What the state of a member is.</summary>
    public StateKind State { get; init; }

    /// <summary>Whether the program can begin from given fields; always so when the fields are the state.</summary>
    public bool Lift { get; init; } = true;

    /// <summary>Parameters that can be set.</summary>
    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>Numbers that the program derives from the fields of each frame.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public IReadOnlyList<Series>? Diagnostics { get; init; }

    /// <summary>Names of the reference initial conditions.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Whether the program has a family of random initial conditions.</summary>
    public bool Random { get; init; }

    /// <summary>Lyapunov time of a chaotic system, in its time unit; null when nothing parts or it is not known.</summary>
    public double? LyapunovTime { get; init; }

    /// <summary>What the state of a member is.</summary>
    public enum StateKind
    {
        /// <summary>The fields themselves.</summary>
        Fields,

        /// <summary>Bytes that the program alone understands, such as its restart file.</summary>
        Opaque,
    }

    /// <summary>A physical quantity.</summary>
    /// <param name="Name">Short name, the variable in output files.</param>
    /// <param name="LongName">What it is.</param>
    /// <param name="Unit">Unit, or <c>1</c>.</param>
    /// <param name="Limit">Largest magnitude of a valid state; beyond it a member has failed.</param>
    public sealed record Channel(string Name, string LongName = "", string Unit = "1", double Limit = GreatestFloat);

    /// <summary>A number that is derived from the fields of each frame.</summary>
    /// <param name="Name">Short name, the variable in output files.</param>
    /// <param name="Meaning">What it is, in words.</param>
    /// <param name="Unit">Unit, or <c>1</c>.</param>
    public sealed record Series(string Name, string Meaning = "", string Unit = "1");

    /// <summary>A parameter.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="Default">Default.</param>
    /// <param name="Minimum">Least value.</param>
    /// <param name="Maximum">Largest value.</param>
    /// <param name="Meaning">What it is, in words.</param>
    /// <param name="Unit">Unit, or <c>1</c>.</param>
    /// <param name="Drawn">Whether each member draws a value between least and largest when none is given.</param>
    /// <param name="Whole">Whether its values must be whole numbers.</param>
    /// <param name="InitialOnly">Whether it shapes initial conditions alone, so that neither advancing nor a model depends on it.</param>
    /// <param name="Fixed">Whether it cannot change in time.</param>
    public sealed record Parameter(
        string Name, double Default, double Minimum = double.MinValue, double Maximum = double.MaxValue,
        string Meaning = "", string Unit = "1",
        bool Drawn = false, bool Whole = false, bool InitialOnly = false, bool Fixed = false);

    /// <summary>Shape and meaning of the fields.</summary>
    [JsonIgnore]
    public FieldLayout Layout => layout ??= new(
        [.. Channels.Select(c => new FieldChannel(c.Name, c.LongName.Length > 0 ? c.LongName : c.Name, c.Unit, c.Limit))], [.. Axes], TimeStep, TimeUnit);

    private FieldLayout? layout;

    /// <summary>Reads a description.</summary>
    /// <exception cref="FormatException">It cannot be used; the message says what was given, and what was expected.</exception>
    public static SimulatorDescription Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonText.Read<SimulatorDescription>(json, Form, nullItems: true).Checked();
        }
        catch (JsonException error)
        {
            throw new FormatException($"its description cannot be read: {error.Message}");
        }
    }

    /// <summary>The description, if it can be used.</summary>
    /// <exception cref="FormatException">It cannot be used; the message says why.</exception>
    internal SimulatorDescription Checked() =>
        Faults() is { Count: > 0 } faults ? throw new FormatException($"its description cannot be used: {string.Join(" ", faults)}") : this;

    /// <summary>The description as the program would give it.</summary>
    public byte[] Json() => JsonSerializer.SerializeToUtf8Bytes(Diagnostics is { Count: 0 } ? this with { Diagnostics = null } : this, Form);

    private List<string> Faults()
    {
        var faults = new List<string>();
        if (Protocol != ProtocolVersion)
            faults.Add($"It speaks version {Protocol} of the protocol, version {ProtocolVersion} is spoken here; use the client of this version.");
        if (((IEnumerable<object?>[])[Equations, Channels, Axes, Parameters, References, Diagnostics ?? []]).Any(list => list.Contains(null)))
            return [.. faults, "One of its lists contains null; leave it out."];
        if (Channels.Count == 0)
            faults.Add("It has no channels; give at least one.");
        string[] used = ["member", "time", "frame", "phase", "latent"];
        Names("channels and axes", [.. Channels.Select(c => c.Name), .. Axes.Select(a => a.Name)], used);
        Names("parameters", [.. Parameters.Select(p => p.Name)], []);
        Names(
            "diagnostics", [.. (Diagnostics ?? []).Select(d => d.Name)],
            [.. used, .. Channels.Select(c => c.Name), .. Axes.Select(a => a.Name), .. Parameters.Select(p => p.Name)]);
        if (References.Distinct().Count() != References.Count)
            faults.Add("A reference is named twice.");
        if (!(TimeStep > 0) || !double.IsFinite(TimeStep))
            faults.Add($"timeStep is {TimeStep}; give a positive time.");
        if (Axes.Any(a => a.Points < 1 || !(a.Spacing > 0) || !double.IsFinite(a.Spacing) || !double.IsFinite(a.Origin)))
            faults.Add("An axis has no points, or no positive spacing.");
        else if (Axes.Aggregate((double)Channels.Count, (size, a) => size * a.Points) is var size and > MostNumbers)
            faults.Add($"A member has {size:N0} numbers; at most {MostNumbers:N0} are possible.");
        if (Channels.Any(c => !(c.Limit > 0)))
            faults.Add("The limit of a channel is not positive.");
        if (State == StateKind.Fields && !Lift)
            faults.Add("lift is false, but the fields are the state, from which it can begin; leave one of them out.");
        if (Parameters.Any(p => !(p.Minimum <= p.Default && p.Default <= p.Maximum)))
            faults.Add("The default of a parameter is outside its range.");
        if (Parameters.FirstOrDefault(p => p.Whole && (p.Drawn || !double.IsInteger(p.Default))) is { } broken)
            faults.Add(FormattableString.Invariant(
                $"The parameter {broken.Name} is whole, but {(broken.Drawn ? "drawn" : $"its default is {broken.Default}")}."));
        if (!Random && References.Count == 0)
            faults.Add("It has no initial conditions: set random, or name references.");
        return faults;

        void Names(string what, IReadOnlyList<string> names, string[] used)
        {
            foreach (var name in names.Where(name => !AnyName().IsMatch(name) || used.Contains(name))
                .Concat(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key)))
                faults.Add(
                    $"The names of its {what} must begin with an ASCII letter, go on with letters, digits and _, "
                    + $"and differ from each other{(used.Length > 0 ? $" and from {string.Join(", ", used)}" : "")}; '{name}' does not.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_]*$")]
    private static partial Regex AnyName();

    /// <inheritdoc />
    public bool Equals(SimulatorDescription? other) => other is not null && Json().AsSpan().SequenceEqual(other.Json());

    /// <inheritdoc />
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
