using System.Runtime.CompilerServices;
using LedCluster.Models.Devices;

namespace LedCluster.Models.Tests;

/// <summary>The tests use tensors without asking the trainer, so libtorch is loaded as the assembly is.</summary>
internal static class LoadLibtorch
{
    [ModuleInitializer]
    internal static void Load() => Libtorch.Load();
}
