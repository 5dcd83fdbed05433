using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>
/// Cuts rows into batches of one size for a device. When its memory does not suffice, the size is halved, once and for all, and
/// the batch is done again.
/// </summary>
/// <param name="device">Where batches are computed.</param>
/// <param name="size">Rows of a batch.</param>
/// <param name="note">Told when the size is halved.</param>
internal sealed class DeviceBatches(ComputeDevice device, int size, Action<string> note)
{
    private readonly Lock gate = new();

    /// <summary>Rows of a batch now.</summary>
    public int Size { get; private set; } = size;

    /// <summary>Computes all rows, one batch after the other; the device is used by one thread at a time.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="batch">Computes rows from the first so many on, in a batch of a size.</param>
    public void Run(int rows, Action<int, int, int> batch)
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
                    batch(first, count, Size);
                    first += count;
                }
                catch (ExternalException error) when (Size > 1 && error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
                {
                    Size = (Size + 1) / 2;
                    note($"{device.Name} ran out of memory; batches now have {Size} members. Their bits may differ from those of larger ones. Give a smaller --latent-batch from the start.");
                }
            }
        }
    }

    /// <summary>Rows as a tensor [size, width] on the device, in one transfer, zeros below the last.</summary>
    public Tensor Send(ReadOnlySpan<float> rows, int size, int width)
    {
        var padded = new float[size * width];
        rows.CopyTo(padded);
        return tensor(padded, [size, width]).to(device.Torch);
    }

    /// <summary>The first rows of a tensor [size, width], in one transfer.</summary>
    public static void Receive(Tensor tensor, Span<float> rows) =>
        tensor.flatten().narrow(0, 0, rows.Length).to(float32).cpu().data<float>().CopyTo(rows);
}
