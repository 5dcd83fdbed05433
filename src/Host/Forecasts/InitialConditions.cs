using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Domain.Systems;
using LedCluster.Host.Studies;
using LedCluster.Storage.Files;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Forecasts;

/// <summary>Where members' initial fields come from.</summary>
internal sealed class InitialConditions
{
    /// <summary>Identity in a run's spec of the random family.</summary>
    public const string RandomFamily = "random";

    /// <summary>Gives the initial fields [C·X] of a member with parameters [P].</summary>
    private delegate void Sampler(int member, ReadOnlySpan<double> parameters, Span<double> fields);

    private readonly Sampler sample;
    private readonly int size;

    private InitialConditions(string identity, int members, int size, double[]? array, ParameterTable parameters, Sampler sample) =>
        (Identity, Members, this.size, Array, Parameters, this.sample) = (identity, members, size, array, parameters, sample);

    /// <summary>How a run's spec names this source.</summary>
    public string Identity { get; }

    /// <summary>Number of members.</summary>
    public int Members { get; }

    /// <summary>The user's own array [M, C·X], if that is the source.</summary>
    public double[]? Array { get; }

    /// <summary>The members' parameters.</summary>
    public ParameterTable Parameters { get; }

    /// <summary>What of the user's file had to be converted, as a sentence; null when nothing had to be.</summary>
    public string? Conversion { get; private init; }

    /// <summary>Fields of some members, [M, C·X].</summary>
    public double[] Fields(int[] members)
    {
        var (fields, parameters, p) = (new double[members.Length * (long)size], Parameters.Of(members), Parameters.Declared.Length);
        for (var i = 0; i < members.Length; i++)
            sample(members[i], parameters.AsSpan(i * p, p), fields.AsSpan(i * size, size));
        return fields;
    }

    /// <summary>The same members with other parameters.</summary>
    public InitialConditions With(ParameterTable parameters) => new(Identity, Members, size, Array, parameters, sample) { Conversion = Conversion };

    /// <summary>The random family of a study's system, with the study's parameters.</summary>
    public static InitialConditions Random(Study study, ulong seed, int members) => Random(
        study.PhysicalSystem, members, study.ParametersOf(seed, members));

    /// <summary>The system's random family, with given parameters and their seed.</summary>
    public static InitialConditions Random(ISystem system, int members, ParameterTable table) =>
        new(
            RandomFamily, members, system.Solver.Layout.Size, null, table,
            (member, parameters, fields) => system.Random(table.Seed, member, parameters, fields));

    /// <summary>One of the system's reference initial conditions, with the study's parameters.</summary>
    /// <param name="study">The study.</param>
    /// <param name="name">Its name.</param>
    /// <param name="seed">Seed of all that the member draws.</param>
    /// <exception cref="UserError">The system has no such reference.</exception>
    public static InitialConditions Reference(Study study, string name, ulong seed)
    {
        var system = study.PhysicalSystem;
        if (system.References.ToList().IndexOf(name) is not (>= 0 and var index))
            throw new UserError($"The figure of study '{study.Name}' names the reference '{name}'; the system has {string.Join(", ", system.References)}. "
                + "Change it in reproduce.json.");
        var (fields, parameters) = (new double[system.Solver.Layout.Size], study.ParametersOf(seed, 1));
        system.Reference(index, parameters.Of([0]), fields);
        return Given(system, fields, seed).With(parameters);
    }

    /// <summary>Fields given as an array.</summary>
    /// <param name="system">The system they are for.</param>
    /// <param name="array">[M, C·X].</param>
    /// <param name="seed">Seed of all that members draw.</param>
    /// <param name="conversion">What of the user's file had to be converted, if anything had to be.</param>
    public static InitialConditions Given(ISystem system, double[] array, ulong seed, string? conversion = null)
    {
        var size = system.Solver.Layout.Size;
        var hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(array.AsSpan())));
        var table = new ParameterTable(system.Parameters, seed);
        return new($"sha256:{hash}", array.Length / size, size, array, table, (member, _, fields) => array.AsSpan(member * size, size).CopyTo(fields))
        {
            Conversion = conversion,
        };
    }

    /// <summary>The user's file.</summary>
    /// <param name="system">The system the fields are for.</param>
    /// <param name="path">A .npy file of shape [members, channels, points] or [members, channels, axes...], a pipe, or <c>-</c> for standard input.</param>
    /// <param name="members">Take only the first of them, if given.</param>
    /// <param name="seed">Seed of all that members draw.</param>
    /// <exception cref="UserError">The file cannot be used; the message says why.</exception>
    public static InitialConditions FromFile(ISystem system, string path, int? members, ulong seed)
    {
        var array = ReadArray("--ic", path);
        return FromArray(system, $"--ic '{path}'", array, members, seed);
    }

    /// <summary>Reads an array that an option names.</summary>
    /// <exception cref="UserError">There is no such file, or it holds no such array.</exception>
    public static NpyArray ReadArray(string option, string path) => InputFile.Fault(path) is { } fault
        ? throw new UserError($"{option} names '{path}', which {fault}.")
        : UserError.OnBadData(() => NpyFile.ReadDoubles(path));

    /// <summary>The user's fields, however they came.</summary>
    /// <param name="system">The system the fields are for.</param>
    /// <param name="origin">Where they came from, for messages.</param>
    /// <param name="array">[members, channels, points], or the points as the axes of the layout.</param>
    /// <param name="members">Take only the first of them, if given.</param>
    /// <param name="seed">Seed of all that members draw.</param>
    /// <exception cref="UserError">The array cannot be used; the message says why.</exception>
    public static InitialConditions FromArray(ISystem system, string origin, NpyArray array, int? members, ulong seed)
    {
        var ((shape, data, conversion), layout) = (array, system.Solver.Layout);
        if (ArrayShape.Fault(shape, layout) is { } misfit)
            throw new UserError($"{origin} {misfit}");
        if (members > shape[0])
            throw new UserError($"--members is {members}, but {origin} has only {shape[0]} initial conditions.");
        if (members < shape[0])
            data = data[..(members.Value * layout.Size)];
        for (var m = 0; m < data.Length / layout.Size; m++)
            if ((layout.Fault(data.AsSpan(m * layout.Size, layout.Size)) ?? system.InitialFault(data.AsSpan(m * layout.Size, layout.Size))) is { } fault)
                throw new UserError($"{origin}: member {m} is not a physical state: {fault}. Remove or correct it.");
        return Given(system, data, seed, conversion);
    }
}
