using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>
/// Where networks are computed: <c>cpu</c> is the processor, in managed code where there is such code; <c>cuda:0</c>, <c>cuda:1</c> and so on are
/// GPUs, by libtorch; <c>torch:cpu</c> is the processor by the same libtorch calls as on a GPU, which is for tests. <c>ilgpu:0</c> and so on are
/// GPUs by kernels that have the bits of managed code, and <c>ilgpu:cpu</c> is an emulation of one, for tests.
/// </summary>
/// <param name="Name">Its name.</param>
public sealed partial record ComputeDevice(string Name)
{
    /// <summary>The processor.</summary>
    public static ComputeDevice Processor { get; } = new("cpu");

    /// <summary>Whether models are computed in managed code there.</summary>
    public bool IsManaged => Name == Processor.Name;

    /// <summary>With this begin the names of devices that run kernels.</summary>
    internal const string KernelPrefix = "ilgpu:";

    /// <summary>Whether it runs kernels, which propagate latents with the bits of managed code.</summary>
    public bool IsKernel => Name.StartsWith(KernelPrefix, StringComparison.Ordinal);

    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => Name.StartsWith("cuda:", StringComparison.Ordinal);

    /// <summary>The device as libtorch knows it, which must be loaded.</summary>
    internal Device Torch => IsCuda ? device(Name) : CPU;

    /// <summary>This machine's GPUs that can run kernels, each with its model.</summary>
    public static IReadOnlyList<string> Kernels() => KernelDevice.Names();

    /// <summary>The device of a name; null when there can be none of that name.</summary>
    public static ComputeDevice? Parse(string name) => Known().IsMatch(name) ? new(name) : null;

    /// <summary>Loads libtorch and sees that this machine has the device.</summary>
    /// <exception cref="DllNotFoundException">libtorch is missing, or has no such device; the message says which it has.</exception>
    public LibtorchStatus Open()
    {
        var status = Libtorch.Load();
        if (!IsCuda || status.Devices.Contains(Name))
            return status;
        var remedy = status.Devices.Length > 1 ? ""
            : " For GPUs it must be a CUDA build, for example the lib folder of a Python installation of PyTorch: "
                + $"give it with --libtorch DIR or {Libtorch.Variable}; and nvidia-smi must list the GPU.";
        throw new DllNotFoundException(
            $"libtorch {status.Version} in '{status.Folder}' has no device {Name} here, but {string.Join(", ", status.Devices)}.{remedy}");
    }

    /// <summary>Sees that latents can be computed there.</summary>
    /// <exception cref="DllNotFoundException">This machine has no such device, or libtorch is missing; the message says what it has.</exception>
    public void Check()
    {
        if (IsKernel)
            KernelDevice.Of(this);
        else if (!IsManaged)
            Open();
    }

    [GeneratedRegex(@"\A(cpu|torch:cpu|cuda:[0-9]{1,2}|ilgpu:cpu|ilgpu:[0-9]{1,2})\z")]
    private static partial Regex Known();
}
