using System.Runtime.Intrinsics.X86;
using System.Text.Json.Nodes;

namespace LedCluster.Models.Devices;

/// <summary>
/// What the bits of a training depend on beside its recipe and seed. Where all of it is the same, a training comes out the same to the
/// bit; libtorch chooses its matrix kernels by the processor's instructions and its maker.
/// </summary>
/// <param name="Processor">Name of the processor's model.</param>
/// <param name="Vendor">Its maker, as it names itself.</param>
/// <param name="Instructions">The widest vector instructions that it has: AVX-512, AVX2 or none of them.</param>
/// <param name="Device">Device that networks were trained on.</param>
/// <param name="Libtorch">Version of libtorch; null when the training needed none.</param>
/// <param name="Build">The linker's hash of libtorch's code; null when not known.</param>
/// <param name="Threads">Threads that one operation of libtorch used.</param>
public sealed record MachineRecord(string Processor, string Vendor, string Instructions, string Device, string? Libtorch, string? Build, int Threads)
{
    /// <summary>Name of the record in a manifest's training record.</summary>
    public const string Key = "machine";

    private const string Unknown = "not known";

    /// <summary>This machine.</summary>
    /// <param name="device">Device that networks are trained on.</param>
    /// <param name="libtorch">The libtorch that is loaded; null when none is needed.</param>
    public static MachineRecord Here(ComputeDevice device, LibtorchStatus? libtorch) => new(
        FromCpuInfo("model name"), FromCpuInfo("vendor_id"),
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "neither AVX2 nor AVX-512",
        device.Name, libtorch?.Version, libtorch?.Build, libtorch?.Threads ?? 1);

    /// <summary>The machine of a training's record; null where it has none.</summary>
    public static MachineRecord? Read(JsonObject training) => training[Key] is JsonObject kept ? new(
        Text(kept["processor"]) ?? Unknown, Text(kept["vendor"]) ?? Unknown, Text(kept["instructions"]) ?? Unknown,
        Text(kept["device"]) ?? Unknown, Text(kept["libtorch"]), Text(kept["build"]),
        kept["threads"] is JsonValue threads && threads.TryGetValue(out int count) ? count : 0) : null;

    /// <summary>As it stands in a manifest.</summary>
    public JsonObject Json => new()
    {
        ["processor"] = Processor,
        ["vendor"] = Vendor,
        ["instructions"] = Instructions,
        ["device"] = Device,
        ["libtorch"] = Libtorch,
        ["build"] = Build,
        ["threads"] = Threads,
    };

    /// <summary>The differences of another machine that change bits, for example "instructions AVX2, not AVX-512"; empty without any.</summary>
    public IEnumerable<string> Differences(MachineRecord other)
    {
        (string, string?, string?)[] compared = [
            ("instructions", Instructions, other.Instructions), ("processor's maker", Vendor, other.Vendor), ("device", Device, other.Device),
            ("libtorch", Libtorch, other.Libtorch), ("libtorch's build", Build, other.Build), ("threads", $"{Threads}", $"{other.Threads}"),
        ];
        foreach (var (what, own, their) in compared)
            if (own != their)
                yield return $"{what} {their ?? "none"}, not {own ?? "none"}";
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string FromCpuInfo(string key)
    {
        const string file = "/proc/cpuinfo";
        return File.Exists(file) && File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : Unknown;
    }
}
