using System.Globalization;

namespace LedCluster.Models.Devices;

/// <summary>Numbers that a device multiplies matrices with.</summary>
public enum LatentPrecision
{
    /// <summary>float32 throughout.</summary>
    F32 = 0,

    /// <summary>float32 whose matrix products round their factors to 10 bits of mantissa; GPUs since Ampere.</summary>
    Tf32 = 1,

    /// <summary>bfloat16 throughout; latents go in and out as float32.</summary>
    Bf16 = 2,
}

/// <summary>
/// How latents are computed on a device: part of a run's identity, because its bits depend on all of it. Batches have one size, padded
/// where members are fewer, so that a member goes through the same kernels whatever other members are in the batch.
/// </summary>
/// <param name="Kind">What computes: <c>cuda</c> or <c>torch:cpu</c>.</param>
/// <param name="Precision">Numbers of the products.</param>
/// <param name="Batch">Members of a batch.</param>
/// <param name="Hardware">Model of the GPU or processor, as its driver names it.</param>
/// <param name="Libtorch">Version and build of libtorch.</param>
public sealed record LatentArithmetic(string Kind, LatentPrecision Precision, int Batch, string Hardware, string Libtorch)
{
    /// <summary>Members of a batch unless chosen otherwise: what the engine hands to a latent worker at a time.</summary>
    public const int DefaultBatch = 1024;

    /// <summary>Largest batch that can be asked for.</summary>
    public const int LargestBatch = 1 << 20;

    private const string GpuFolder = "/proc/driver/nvidia/gpus";

    /// <summary>The arithmetic of a device of this machine, which is opened.</summary>
    /// <exception cref="DllNotFoundException">libtorch is missing, or has no such device.</exception>
    public static LatentArithmetic Of(ComputeDevice device, LatentPrecision precision, int batch)
    {
        var libtorch = device.Open();
        var processor = MachineRecord.Here(device, libtorch);
        return new(
            device.IsCuda ? "cuda" : device.Name, precision, batch, device.IsCuda ? Gpus() : $"{processor.Vendor} {processor.Instructions}",
            $"{libtorch.Version} {libtorch.Build}");
    }

    /// <summary>As it stands in <c>spec.json</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Kind}; {Precision.ToString().ToLowerInvariant()}; {Batch}; {Hardware}; {Libtorch}");

    /// <summary>Undoes <see cref="ToString"/>.</summary>
    /// <exception cref="InvalidDataException">It is not such a text.</exception>
    public static LatentArithmetic Parse(string text) =>
        text.Split("; ") is [var kind, var precision, var batch, var hardware, var libtorch]
            && Enum.TryParse(precision, ignoreCase: true, out LatentPrecision known)
            && int.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= LargestBatch
            && new LatentArithmetic(kind, known, size, hardware, libtorch) is var read && read.ToString() == text // a run's identity has one spelling
            ? read : throw new InvalidDataException($"latentArithmetic is '{text}', expected 'device; precision; batch; hardware; libtorch'.");

    /// <summary>Models of the GPUs, each once: their order in the driver's list need not be libtorch's.</summary>
    private static string Gpus() => Directory.Exists(GpuFolder) && Directory.EnumerateDirectories(GpuFolder)
        .SelectMany(gpu => File.ReadLines(Path.Combine(gpu, "information")).Where(line => line.StartsWith("Model:", StringComparison.Ordinal)))
        .Select(line => line["Model:".Length..].Trim().Replace(';', ',')).Distinct().Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } models
        ? string.Join(" + ", models) : "GPU of a model not known";
}
