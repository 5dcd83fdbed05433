using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Devices;

namespace LedCluster.Host.Diagnosis;

/// <summary>Looks at the machine and the repository for what forecasting and training need.</summary>
internal static class Machine
{
    private const double LittleSpace = 5e9;

    /// <summary>What forecasting needs, whatever the study.</summary>
    public static IReadOnlyList<Finding> Basics() => [Runtime(), Simd(), Space(), .. Kernels()];

    /// <summary>The studies, each with its trained model.</summary>
    public static IReadOnlyList<Finding> Studies()
    {
        try
        {
            return [.. StudyCatalog.All().Select(Model)];
        }
        catch (UserError error)
        {
            return [new("studies", FindingState.Missing, error.Message, "Run inside the repository, or set LEDCLUSTER_STUDIES.")];
        }
    }

    /// <summary>What training needs beyond that.</summary>
    public static IReadOnlyList<Finding> Training()
    {
        try
        {
            var torch = Libtorch.Load();
            return
            [
                new("libtorch", FindingState.Good, $"{torch.Version} (build {torch.Build?[..12] ?? "not known"}) in {torch.Folder}"),
                new("devices", FindingState.Good, string.Join(", ", torch.Devices)),
            ];
        }
        catch (DllNotFoundException error)
        {
            return [new("libtorch", FindingState.Missing, error.Message, Libtorch.Folder is null ? $"led setup torch ({LibtorchSetup.Announcement})" : "")];
        }
    }

    private static Finding Runtime() => new(
        ".NET", Environment.Version.Major >= 10 ? FindingState.Good : FindingState.Missing,
        $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors",
        Environment.Version.Major >= 10 ? "" : "Install .NET 10 from https://dot.net");

    private static Finding Simd() => Vector512.IsHardwareAccelerated ? new("SIMD", FindingState.Good, "512 bits")
        : Vector256.IsHardwareAccelerated ? new("SIMD", FindingState.Good, "256 bits")
        : new(
            "SIMD", FindingState.Poor, Vector128.IsHardwareAccelerated ? "128 bits" : "none",
            "Results are the same but slower than with AVX2 or AVX-512.");

    private static IEnumerable<Finding> Kernels() => ComputeDevice.Kernels().Select(name => new Finding(
        "device", FindingState.Good, $"{name}: computes latents with the same bits as the CPU; so far tested in an emulation only"));

    private static Finding Space()
    {
        var place = Path.GetFullPath(Directory.Exists("runs") ? "runs" : ".");
        return RunSpace.Free(place) is not { } free ? new("disk", FindingState.Good, $"the file system of {place} does not report its free space") : new(
            "disk", free < LittleSpace ? FindingState.Poor : FindingState.Good, $"{free / 1e9:F1} GB free at {place}",
            free < LittleSpace ? "Free some space, put runs elsewhere with --run, or keep less with --save latent." : "");
    }

    private static Finding Model(Study study)
    {
        try
        {
            var manifest = ForecastSetup.LoadModel(study, study.FindModel(null)).Manifest;
            return new($"model of {study.Name}", FindingState.Good, $"{manifest.WeightsSha256[..12]}, {manifest.Reduction.LatentSize} latents");
        }
        catch (UserError error)
        {
            var remedy = study.CanBeTrained ? $"Train it with: led train {study.Name}, or give another model with --model." : "";
            return new($"model of {study.Name}", FindingState.Missing, error.Message, remedy);
        }
    }
}
