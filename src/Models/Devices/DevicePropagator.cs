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
internal sealed class DevicePropagator(LatentNetwork network, LatentScaling scaling, DeviceBatches batches) : LegPropagator
{
    private readonly int[] parts = Parts(network); // numbers of each part of the memory

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => parts.Sum();

    /// <inheritdoc />
    public override int? DeviceBatch => batches.Size;

    /// <inheritdoc />
    public override LegArrays Rent(int known, int members, int steps) => new Leg(
        batches,
        batches.Host.Rent(checked(known * members * LatentSize)),
        batches.Host.Rent(checked(members * MemorySize)),
        batches.Host.Rent(checked(steps * members * LatentSize)),
        (known, members, steps, LatentSize, MemorySize));

    /// <inheritdoc />
    protected override void Advance(LegArrays arrays, int fed, int members) => batches.Run(members, (Leg)arrays, (leg, first, count, size) =>
    {
        // Known latents [known, size, d_z] and memory [size, M] on the device; zeros beyond the members.
        var (latents, state) = (leg.LatentsOf(first, count), leg.MemoryOf(first, count));
        var (d, known, steps) = (LatentSize, (int)latents.shape[0], (int)leg.Steps);
        var (sent, memory) = (Sent(latents, 1, size), Sent(state, 0, size));
        var (low, range) = (On(sent, [.. scaling.Low]), On(sent, [.. scaling.High.Zip(scaling.Low, (high, low) => high - low)]));
        Tensor Latent(int k) => ((sent.select(0, k) - low) / range).to(network.Weights.Type); // [size, d_z]
        var (parted, offset) = (new Tensor[parts.Length], 0);
        for (var p = 0; p < parts.Length; offset += parts[p++])
            parted[p] = memory.narrow(1, offset, parts[p]).to(network.Weights.Type).contiguous();

        for (var k = 0; k < fed; k++)
            parted = InScope(() => network.Consume(Latent(k), parted));
        if (steps > 0)
        {
            var made = empty([steps, size, d], float32, sent.device);
            var now = Latent(known - 1);
            for (var s = 0; s < steps; s++)
                (now, parted) = Step(now, parted, made.select(0, s));
            made.mul_(range).PlusInPlace(low);
            leg.PathOf(first, count).copy_(made.narrow(1, 0, count)); // waits for the device
        }
        if (MemorySize > 0)
            state.copy_(cat(parted, 1).to(float32).narrow(0, 0, count));
    });

    /// <summary>Rows of host memory on the device, in one transfer, with zeros below them up to a size.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="dimension">Dimension that is filled up.</param>
    /// <param name="size">Rows of the result.</param>
    private Tensor Sent(Tensor rows, int dimension, int size)
    {
        var sent = rows.to(batches.Device);
        if (rows.shape[dimension] == size)
            return sent;
        long[] shape = [.. rows.shape];
        shape[dimension] = size;
        var all = zeros(shape, float32, sent.device);
        all.narrow(dimension, 0, rows.shape[dimension]).copy_(sent);
        return all;
    }

    /// <summary>A leg's arrays as tensors on the processor: known latents [known, members, d_z], memory [members, M] and path [steps, members, d_z].</summary>
    private sealed class Leg(
        DeviceBatches batches, HostMemory latents, HostMemory memory, HostMemory path,
        (int Known, int Members, int Steps, int Latents, int Memory) sizes) : LegArrays
    {
        public long Steps => sizes.Steps;

        public override Span<float> Latents => latents.Numbers(sizes.Known * sizes.Members * sizes.Latents);

        public override Span<float> Memory => memory.Numbers(sizes.Members * sizes.Memory);

        public override Span<float> Path => path.Numbers(sizes.Steps * sizes.Members * sizes.Latents);

        public Tensor LatentsOf(int first, int count) => latents.Tensor(sizes.Known, sizes.Members, sizes.Latents).narrow(1, first, count);

        public Tensor MemoryOf(int first, int count) => memory.Tensor(sizes.Members, sizes.Memory).narrow(0, first, count);

        public Tensor PathOf(int first, int count) => path.Tensor(sizes.Steps, sizes.Members, sizes.Latents).narrow(1, first, count);

        public override void Dispose()
        {
            batches.Host.Return(latents, Latents.Length);
            batches.Host.Return(memory, Memory.Length);
            batches.Host.Return(path, Path.Length);
            base.Dispose();
        }
    }

    /// <summary>One step; its intermediate tensors are freed at once, so that the device reuses their memory.</summary>
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
