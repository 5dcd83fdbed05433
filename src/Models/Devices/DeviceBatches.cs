using System.Runtime.InteropServices;
using LedCluster.Domain.Workers;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>Computes rows of arrays from the first so many on, as the first rows of a tensor of a size.</summary>
internal delegate void Batch<T>(T arrays, int first, int count, int size)
    where T : allows ref struct;

/// <summary>
/// Cuts rows into batches of one size for a device. When its memory does not suffice, the size is halved, once and for all, and
/// the batch is done again.
/// </summary>
/// <param name="device">Where batches are computed.</param>
/// <param name="size">Rows of a batch.</param>
/// <param name="note">Told when the size is halved.</param>
internal sealed class DeviceBatches(ComputeDevice device, int size, Action<string> note)
{
    /// <summary>The rows of a batch are a multiple of this: for rows that do not fill the processor's vectors libtorch uses other instructions.</summary>
    private const int Whole = 64;

    /// <summary>What libtorch and the libraries of a GPU say when there is no memory left.</summary>
    private static readonly string[] OutOfMemory = ["out of memory", "STATUS_ALLOC_FAILED"];

    /// <summary>What libtorch says when a GPU, its driver or a library of theirs has failed; a mistake in a call reads otherwise.</summary>
    private static readonly string[] Failures = [.. OutOfMemory, "CUDA error", "CUDA driver error", "cuDNN error", "CUBLAS_STATUS"];

    private readonly Lock gate = new();

    /// <summary>Rows of a batch now.</summary>
    public int Size { get; private set; } = size;

    /// <summary>Computes all rows, one batch after the other; the device is used by one thread at a time.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="arrays">Where they come from and go to.</param>
    /// <param name="batch">Computes some of them.</param>
    /// <exception cref="DeviceLostException">The device has failed.</exception>
    public void Run<T>(int rows, T arrays, Batch<T> batch)
        where T : allows ref struct
    {
        Libtorch.Load(); // on the thread that computes
        lock (gate)
        {
            for (var first = 0; first < rows;)
            {
                var count = Math.Min(Size, rows - first);
                try
                {
                    using var scope = NewDisposeScope();
                    using var off = no_grad();
                    batch(arrays, first, count, (Size + Whole - 1) / Whole * Whole);
                    first += count;
                }
                catch (ExternalException error) when (Size > 1 && Tells(error, OutOfMemory))
                {
                    Size = (Size + 1) / 2;
                    note(
                        $"{device.Name} ran out of memory; batches now have {Size} members, and their bits may differ from those of larger batches. "
                        + "Give a smaller --latent-batch from the start.");
                }
                catch (ExternalException error) when (Tells(error, Failures))
                {
                    throw new DeviceLostException($"{device.Name} is lost: {error.Message.Split('\n')[0]}", error);
                }
            }
        }
    }

    /// <summary>The device as libtorch knows it.</summary>
    public Device Device => device.Torch;

    /// <summary>Memory of the processor for what goes to and from the device.</summary>
    public ReusedMemory<HostMemory> Host { get; } = new(length => new HostMemory(length, device.IsCuda));

    /// <summary>Numbers on the device, in one transfer.</summary>
    public Tensor Send(float[] numbers) => tensor(numbers).to(device.Torch);

    /// <summary>The first rows of a tensor [size, width], in one transfer.</summary>
    public static void Receive(Tensor tensor, Span<float> rows) => Values(tensor.flatten().narrow(0, 0, rows.Length).to(float32).cpu()).CopyTo(rows);

    /// <summary>The numbers of a tensor on the processor.</summary>
    public static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static bool Tells(ExternalException error, params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
            if (error.Message.Contains(text, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
