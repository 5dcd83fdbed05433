using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Moves a module and gives it back as what it is.</summary>
public static class ModuleExtensionMethods
{
    /// <summary>Moves parameters and buffers to a device; their gradients go.</summary>
    public static T to<T>(this T module, Device device) where T : nn.Module
    {
        module.Relocate(null, device);
        return module;
    }

    /// <summary>Converts parameters and buffers to an element type; their gradients go.</summary>
    public static T to<T>(this T module, ScalarType type) where T : nn.Module
    {
        module.Relocate(type, null);
        return module;
    }

    /// <summary>Moves parameters and buffers to main memory.</summary>
    public static T cpu<T>(this T module) where T : nn.Module => module.to(CPU);

    /// <summary>Moves parameters and buffers to a CUDA device; −1 is the current one.</summary>
    public static T cuda<T>(this T module, int deviceIndex = -1) where T : nn.Module => module.to(new Device(DeviceType.CUDA, deviceIndex));
}
