using System.Globalization;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Forecasts;

/// <summary>Disk space that a run takes.</summary>
internal static class RunSpace
{
    /// <summary>Output that a person at a terminal has to ask for, in bytes.</summary>
    public const long Much = 10_000_000_000;

    /// <summary>Bytes of a complete output: what is kept of every member and frame, and the statistics.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="layout">Layout of a member's fields.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="diagnostics">Diagnostics of a frame.</param>
    public static long Needed(RunSpec spec, FieldLayout layout, int latentSize, int diagnostics)
    {
        var (frames, field) = (spec.Schedule(layout).Final + 1L, spec.Precision == KeptPrecision.Float64 ? sizeof(double) : sizeof(float));
        var kept = (spec.Save == SaveRule.Fields ? (long)layout.Size * field : 0) + (long)sizeof(float) * (latentSize + diagnostics);
        const int moments = 2 * sizeof(double);
        var quantiles = sizeof(float) * (2 + EnsembleStatistics.Quantiles.Length);
        var statistics = ((layout.Exchangeable ? 0 : layout.Size) + (long)diagnostics) * (moments + quantiles);
        return checked(frames * (spec.Members * kept + statistics));
    }

    /// <summary>Bytes that the disk of a path has free for this user; null where the file system does not tell, as some of networks do not.</summary>
    public static long? Free(string path)
    {
        var place = Path.GetFullPath(path);
        while (!Directory.Exists(place))
            place = Path.GetDirectoryName(place)!;
        var drive = new DriveInfo(place);
        return drive.TotalSize > 0 ? drive.AvailableFreeSpace : null;
    }

    /// <summary>Bytes that a directory holds already.</summary>
    public static long Held(string path) => Directory.Exists(path) ? RunDirectory.BytesIn(path) : 0;

    /// <summary>A number of bytes, for a person.</summary>
    public static string Text(long bytes) => bytes switch
    {
        >= 1_000_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e12:G3} TB"),
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:G3} GB"),
        >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:G3} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e3)} kB"),
    };

    /// <summary>Asks for a confirmation of a large output; null where none is needed.</summary>
    /// <param name="bytes">Bytes of the complete output.</param>
    /// <param name="isInteractive">Whether a person sees the question.</param>
    /// <param name="agreed">Whether it was said.</param>
    public static string? Doubt(long bytes, bool isInteractive, bool agreed) => bytes > Much && isInteractive && !agreed
        ? $"The output takes {Text(bytes)}. Add --yes to write it, or --save latent to keep only the latents of each member." : null;

    /// <summary>What is wrong with a run whose output does not fit the disk, and what would; null when it fits.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="layout">Layout of a member's fields.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="diagnostics">Diagnostics of a frame.</param>
    /// <param name="path">Its directory.</param>
    /// <param name="free">Bytes that are free there; null where that is not known.</param>
    /// <param name="isHere">Whether whoever asks can choose the directory; who asks a service cannot.</param>
    public static string? Fault(RunSpec spec, FieldLayout layout, int latentSize, int diagnostics, string path, long? free, bool isHere = true)
    {
        var needed = Needed(spec, layout, latentSize, diagnostics);
        if (free is not { } room || needed - Held(path) <= room)
            return null;
        var latents = Needed(spec with { Save = SaveRule.Latent, Precision = KeptPrecision.Float32 }, layout, latentSize, diagnostics);
        var remedy = spec.Save == SaveRule.Fields && latents <= room ? $" --save latent would take {Text(latents)}." : "";
        var disk = isHere ? $"'{path}'" : "the service";
        return $"{spec.Members} members to t = {spec.FinalTime} take {Text(needed)}, but the disk of {disk} has {Text(room)} free."
            + $"{remedy} Give fewer --members, "
            + (isHere ? "a shorter --t-final, or a --run on a larger disk. If the reported free space is wrong, give --ignore-free-space."
                : "a shorter --t-final, or delete runs that are not needed ('list' shows them).");
    }
}
