using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Training;
using LedCluster.Storage.Zarr;

namespace LedCluster.Host.Studies;

/// <summary>Trajectories that the user has: a .npy file, or a Zarr group.</summary>
internal static class TrajectoryFile
{
    /// <summary>Reads trajectories.</summary>
    /// <param name="system">The study's system.</param>
    /// <param name="path">
    /// FILE.npy of shape [members, frames, channels, axes...] or [members, frames, channels, points]; or DIR.zarr, a group of format 2 without compression,
    /// with a variable (member, time, axes...) for each channel, or <c>fields</c> (member, time, channel, axes...) as forecasts have it.
    /// </param>
    /// <param name="parametersFile">
    /// A file with the parameters of each trajectory, as <see cref="ParameterInput.File"/> reads it; if null, those variables (member) of a Zarr
    /// group that have their names.
    /// </param>
    /// <exception cref="UserError">They cannot be used; the message says why.</exception>
    public static GivenTrajectories Read(ISystem system, string path, string? parametersFile)
    {
        var layout = system.Solver.Layout;
        var (values, members, frames) = Directory.Exists(path) ? UserError.OnBadData(() => FromZarr(layout, path)) : FromNpy(layout, path);
        for (var row = 0; row < members * frames; row++)
            if (layout.Fault(values.AsSpan(row * layout.Size, layout.Size)) is { } fault)
            {
                throw new UserError($"--data '{path}': member {row / frames}, frame {row % frames} is not a physical state: {fault}. "
                    + "Remove or correct that trajectory.");
            }
        var parameters = parametersFile is not null ? ParameterInput.File(system, parametersFile).ToDictionary(p => p.Key, p => p.Value.PerMember)
            : Directory.Exists(path) ? UserError.OnBadData(() => Parameters(system, members, path)) : [];
        if (parameters.Values.FirstOrDefault(own => own.Length != members) is { IsDefault: false } wrong)
        {
            throw new UserError($"--parameters '{parametersFile}' has values for {wrong.Length} members, but --data '{path}' has {members} trajectories. "
                + "Give a row for each of them.");
        }
        var identity = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
        foreach (var (name, own) in parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            identity += $", {name} {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(own.AsSpan())))}";
        return new GivenTrajectories(values, members, frames, identity) { Parameters = parameters };
    }

    /// <summary>Parameters that a Zarr group has as variables (member).</summary>
    private static Dictionary<string, ImmutableArray<double>> Parameters(ISystem system, int members, string path)
    {
        using var group = ZarrGroup.Open(path);
        var values = new Dictionary<string, ImmutableArray<double>>();
        foreach (var parameter in system.Parameters.Where(p => group.Has(p.Name)))
        {
            var (shape, own) = Array(group, parameter.Name, path);
            if (shape.Length != 1 || shape[0] != members)
            {
                throw new InvalidDataException($"--data '{path}': '{parameter.Name}' has shape ({string.Join(", ", shape)}), expected ({members}), "
                    + "a value for each member. Give --parameters FILE instead.");
            }
            var at = System.Array.FindIndex(own, value => !(value >= parameter.Minimum && value <= parameter.Maximum));
            values[parameter.Name] = at < 0 ? [.. own] : throw new InvalidDataException(FormattableString.Invariant(
                $"--data '{path}': '{parameter.Name}' of member {at} is {own[at]:R}, which is ") + ParameterInput.Outside(parameter));
        }
        return values;
    }

    private static (double[] Values, int Members, int Frames) FromNpy(FieldLayout layout, string path)
    {
        var (shape, data, _) = InitialConditions.ReadArray("--data", path);
        long[] own = [layout.Channels.Length, .. layout.Axes.Select(a => (long)a.Points)];
        long[] flat = [layout.Channels.Length, layout.Points]; // as 'led simulate' writes them
        if (shape.Length > 2 && (shape.AsSpan(2).SequenceEqual(own) || shape.AsSpan(2).SequenceEqual(flat)))
            return (data, (int)shape[0], (int)shape[1]);
        throw new UserError($"--data '{path}' has shape [{string.Join(", ", shape)}], expected [members, frames, {string.Join(", ", own)}] "
            + $"(channels {string.Join(", ", layout.Channels.Select(c => c.Name))}).");
    }

    private static (double[] Values, int Members, int Frames) FromZarr(FieldLayout layout, string path)
    {
        using var group = ZarrGroup.Open(path);
        var together = group.Has("fields");
        foreach (var channel in layout.Channels)
            if (!together && !group.Has(channel.Name))
            {
                var axes = string.Join(", ", layout.Axes.Select(a => a.Name));
                throw new InvalidDataException($"--data '{path}' has no variable '{channel.Name}' (member, time, {axes}).");
            }
        string[] names = together ? ["fields"] : [.. layout.Channels.Select(c => c.Name)];
        var (values, members, frames) = ((double[]?)null, 0L, 0L);
        for (var c = 0; c < names.Length; c++)
        {
            var (shape, part) = Array(group, names[c], path);
            long[] own = together ? [layout.Channels.Length, .. layout.Axes.Select(a => (long)a.Points)] : [.. layout.Axes.Select(a => (long)a.Points)];
            if (shape.Length != own.Length + 2 || !shape.AsSpan(2).SequenceEqual(own) || values is not null && (shape[0], shape[1]) != (members, frames))
            {
                var expected = $"(members, frames{string.Concat(own.Select(n => $", {n}"))}){(c > 0 ? " as the other channels" : "")}";
                throw new InvalidDataException($"--data '{path}': '{names[c]}' has shape ({string.Join(", ", shape)}), expected {expected}.");
            }
            (members, frames) = (shape[0], shape[1]);
            values ??= new double[members * frames * layout.Size];
            var width = layout.Size / names.Length;
            for (var row = 0L; row < members * frames; row++)
                part.AsSpan((int)(row * width), width).CopyTo(values.AsSpan((int)(row * layout.Size) + c * width));
        }
        return (values!, (int)members, (int)frames);
    }

    private static (long[] Shape, double[] Values) Array(ZarrGroup group, string name, string path)
    {
        try
        {
            var wide = group.OpenArray<double>(name);
            return ([.. wide.Shape], wide.ReadAll());
        }
        catch (InvalidDataException)
        {
            try
            {
                var narrow = group.OpenArray<float>(name);
                return ([.. narrow.Shape], System.Array.ConvertAll(narrow.ReadAll(), x => (double)x));
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"--data '{path}': {error.Message} Write it with ds.to_zarr(path, zarr_format=2 (if there is a choice), "
                    + "consolidated=True, encoding={name: {'compressor': None} for name in ds.data_vars}), or save an array with numpy.save.");
            }
        }
    }
}
