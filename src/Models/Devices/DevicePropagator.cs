using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Devices;

/// <summary>
/// A propagator that libtorch computes on a device. A leg is one transfer in, known latents and memory, and one transfer out, path and
/// memory; between them the processor queues operations and waits for none.
/// </summary>
/// <param name="network">The network, on the device.</param>
/// <param name="scaling">Scaling of the latents.</param>
/// <param name="batches">How members are cut.</param>
internal sealed class DevicePropagator(LatentNetwork network, LatentScaling scaling, DeviceBatches batches) : IPropagator
{
    private readonly int[] parts = Parts(network); // numbers of each part of the memory

    /// <inheritdoc />
    public int LatentSize => scaling.Size;

    /// <inheritdoc />
    public int MemorySize => parts.Sum();

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        if (latents.Length > 0 && MemorySize > 0)
            Advance(latents, latents.Length / (context.Count * LatentSize), context.Count, memory, []);
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => Advance(latents, 0, context.Count, memory, path);

    /// <inheritdoc />
    public void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) =>
        Advance(latents, latents.Length / (context.Count * LatentSize) - 1, context.Count, memory, path);

    private void Advance(ReadOnlySpan<float> latents, int fed, int members, Span<float> memory, Span<float> path)
    {
        var (d, known, steps) = (LatentSize, latents.Length / (members * LatentSize), path.Length / (members * LatentSize));
        var (given, state, result) = (latents.ToArray(), memory.ToArray(), new float[path.Length]);
        batches.Run(members, (first, count, size) =>
        {
            // A row per member: its known latents, then its memory.
            var width = known * d + MemorySize;
            var rows = new float[count * width];
            for (var m = 0; m < count; m++)
            {
                for (var k = 0; k < known; k++)
                    given.AsSpan((k * members + first + m) * d, d).CopyTo(rows.AsSpan(m * width + k * d));
                state.AsSpan((first + m) * MemorySize, MemorySize).CopyTo(rows.AsSpan(m * width + known * d));
            }
            var sent = batches.Send(rows, size, width);
            var (low, range) = (On(sent, [.. scaling.Low]), On(sent, [.. scaling.High.Zip(scaling.Low, (high, low) => high - low)]));
            Tensor Latent(int k) => ((sent.narrow(1, k * d, d) - low) / range).to(network.Weights.Type);
            var (parted, offset) = (new Tensor[parts.Length], known * d);
            for (var p = 0; p < parts.Length; offset += parts[p++])
                parted[p] = sent.narrow(1, offset, parts[p]).to(network.Weights.Type).contiguous();

            for (var k = 0; k < fed; k++)
                parted = InScope(() => network.Consume(Latent(k), parted));
            var received = empty([size, steps * d + MemorySize], float32, sent.device);
            if (steps > 0)
            {
                var now = Latent(known - 1);
                for (var s = 0; s < steps; s++)
                    (now, parted) = Step(now, parted, received.narrow(1, s * d, d));
                received.narrow(1, 0, steps * d).unflatten(1, [steps, d]).mul_(range).PlusInPlace(low);
            }
            if (MemorySize > 0)
                received.narrow(1, steps * d, MemorySize).copy_(cat(parted, 1));

            var back = new float[count * (steps * d + MemorySize)];
            DeviceBatches.Receive(received, back);
            for (var m = 0; m < count; m++)
            {
                var row = back.AsSpan(m * (steps * d + MemorySize), steps * d + MemorySize);
                for (var s = 0; s < steps; s++)
                    row.Slice(s * d, d).CopyTo(result.AsSpan((s * members + first + m) * d));
                row[(steps * d)..].CopyTo(state.AsSpan((first + m) * MemorySize));
            }
        });
        state.CopyTo(memory);
        result.CopyTo(path);
    }

    /// <summary>One step; what it makes on the way is freed at once, so that the device reuses it.</summary>
    private (Tensor Now, Tensor[] Memory) Step(Tensor now, Tensor[] memory, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var (next, after) = network.Step(now, memory);
        kept.copy_(next);
        return (next.MoveToOuterDisposeScope(), [.. after.Select(part => part.MoveToOuterDisposeScope())]);
    }

    private static Tensor[] InScope(Func<Tensor[]> make)
    {
        using var scope = NewDisposeScope();
        return [.. make().Select(part => part.MoveToOuterDisposeScope())];
    }

    private static Tensor On(Tensor like, float[] values) => tensor(values).to(like.device);

    private static int[] Parts(LatentNetwork network)
    {
        using var scope = NewDisposeScope();
        return [.. network.Blank(1).Select(part => (int)part.shape[1])];
    }
}
