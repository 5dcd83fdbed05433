using System.Runtime.InteropServices;
using TorchSharp;

namespace LedCluster.Torch;

/// <summary>Dtype and device as the shim takes them: dtype −1 is "unstated", index −1 is "the current one".</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Placement(int dtype, int device, int index)
{
    private readonly int dtype = dtype;
    private readonly int device = device;
    private readonly int index = index;

    public static Placement Of(torch.ScalarType? dtype, torch.Device? device = null) =>
        new(dtype is { } type ? (int)type : -1, (int)(device?.type ?? DeviceType.CPU), device?.index ?? -1);
}
