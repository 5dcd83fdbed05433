using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>
/// Memory of the processor as a tensor. For a GPU it is page-locked, from and to which the card transfers by itself; from other memory
/// the driver copies to such memory first.
/// </summary>
internal sealed unsafe class HostMemory : IDisposable
{
    private readonly Tensor tensor; // [length]
    private readonly float* start;

    /// <summary>Allocates memory.</summary>
    /// <param name="length">Number of floats.</param>
    /// <param name="locked">Whether to lock its pages; where the system does not allow that, it remains pageable.</param>
    public HostMemory(int length, bool locked)
    {
        Libtorch.Load();
        using var scope = NewDisposeScope();
        var memory = empty([length], float32, CPU);
        if (locked)
            try
            {
                memory = memory.pin_memory();
            }
            catch (ExternalException)
            {
                // Transfers take longer, and are the same.
            }
        tensor = memory.DetachFromDisposeScope();
        start = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(DeviceBatches.Values(memory.narrow(0, 0, 1)))); // as a span of bytes has at most 2 GiB
    }

    /// <summary>The first numbers.</summary>
    public Span<float> Numbers(int count) => new(start, count);

    /// <summary>The first numbers as a tensor of a shape, which belongs to the present scope.</summary>
    public Tensor Tensor(params long[] shape) => tensor.narrow(0, 0, shape.Aggregate(1L, (product, size) => product * size)).view(shape);

    /// <inheritdoc />
    public void Dispose() => tensor.Dispose();
}
