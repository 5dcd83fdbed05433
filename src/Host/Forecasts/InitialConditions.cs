using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Domain.Systems;
using LedCluster.Storage.Files;
using LedCluster.Storage.Npy;

namespace LedCluster.Host.Forecasts;

/// <summary>Where members' initial fields come from.</summary>
internal sealed class InitialConditions
{
    /// <summary>Identity in a run's spec of the random family.</summary>
    public const string RandomFamily = "random";

    private readonly Action<int, Span<double>> sample;
    private readonly int size;

    private InitialConditions(string identity, int members, int size, double[]? array, Action<int, Span<double>> sample) =>
        (Identity, Members, this.size, Array, this.sample) = (identity, members, size, array, sample);

    /// <summary>How a run's spec names this source.</summary>
    public string Identity { get; }

    /// <summary>Number of members.</summary>
    public int Members { get; }

    /// <summary>The user's own array [M, C·X], if that is the source.</summary>
    public double[]? Array { get; }

    /// <summary>What of the user's file had to be converted, as a sentence; null when nothing had to be.</summary>
    public string? Conversion { get; private init; }

    /// <summary>Fields of some members, [M, C·X].</summary>
    public double[] Fields(IReadOnlyList<int> members)
    {
        var fields = new double[members.Count * size];
        for (var i = 0; i < members.Count; i++)
            sample(members[i], fields.AsSpan(i * size, size));
        return fields;
    }

    /// <summary>The system's random family.</summary>
    public static InitialConditions Random(ISystem system, ulong seed, int members) =>
        new(RandomFamily, members, system.Solver.Layout.Size, null, (member, fields) => system.Random(seed, member, fields));

    /// <summary>Fields given as an array.</summary>
    /// <param name="system">The system they are for.</param>
    /// <param name="array">[M, C·X].</param>
    /// <param name="conversion">What of the user's file had to be converted, if anything had to be.</param>
    public static InitialConditions Given(ISystem system, double[] array, string? conversion = null)
    {
        var size = system.Solver.Layout.Size;
        var hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(array.AsSpan())));
        return new($"sha256:{hash}", array.Length / size, size, array, (member, fields) => array.AsSpan(member * size, size).CopyTo(fields)) { Conversion = conversion };
    }

    /// <summary>The user's file.</summary>
    /// <param name="system">The system the fields are for.</param>
    /// <param name="path">A .npy file of shape [members, channels, points], a pipe, or <c>-</c> for standard input.</param>
    /// <param name="members">Take only the first of them, if given.</param>
    /// <exception cref="UserError">The file cannot be used; the message says why.</exception>
    public static InitialConditions FromFile(ISystem system, string path, int? members)
    {
        var array = ReadArray("--ic", path);
        return FromArray(system, $"--ic '{path}'", array, members);
    }

    /// <summary>Reads an array that an option names.</summary>
    /// <exception cref="UserError">There is no such file, or it holds no such array.</exception>
    public static NpyArray ReadArray(string option, string path) => InputFile.Fault(path) is { } fault
        ? throw new UserError($"{option} names '{path}', which {fault}.")
        : UserError.OnBadData(() => NpyFile.ReadDoubles(path));

    /// <summary>The user's fields, however they came.</summary>
    /// <param name="system">The system the fields are for.</param>
    /// <param name="origin">Where they came from, for messages.</param>
    /// <param name="array">Must be [members, channels, points].</param>
    /// <param name="members">Take only the first of them, if given.</param>
    /// <exception cref="UserError">The array cannot be used; the message says why.</exception>
    public static InitialConditions FromArray(ISystem system, string origin, NpyArray array, int? members)
    {
        var ((shape, data, conversion), layout) = (array, system.Solver.Layout);
        if (shape.Length != 3 || shape[0] < 1 || shape[1] != layout.Channels.Length || shape[2] != layout.Points)
            throw new UserError(
                $"{origin} has shape [{string.Join(", ", shape)}], expected [members, {layout.Channels.Length}, {layout.Points}] "
                + $"(channels {string.Join(", ", layout.Channels.Select(c => c.Name))}). Regrid the initial conditions to {layout.Points} points.");
        if (members > shape[0])
            throw new UserError($"--members is {members}, but {origin} holds only {shape[0]} initial conditions.");
        if (members < shape[0])
            data = data[..(members.Value * layout.Size)];
        for (var m = 0; m < data.Length / layout.Size; m++)
            if (layout.Fault(data.AsSpan(m * layout.Size, layout.Size)) is { } fault)
                throw new UserError($"{origin}: member {m} is not a physical state: {fault}. Remove or repair it.");
        return Given(system, data, conversion);
    }
}
