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
    protected override void Advance(ReadOnlySpan<float> latents, int fed, int members, Span<float> memory, Span<float> path)
    {
        var (d, m) = (LatentSize, MemorySize);
        var (known, steps) = (latents.Length / (members * d), path.Length / (members * d));
        batches.Run(members, new Leg(latents, memory, path), (leg, first, count, size) =>
        {
            // Known latents [known, size, d_z], then memory [size, M]; zeros for members that there are not.
            var rows = new float[size * (known * d + m)];
            MemberBlocks.Copy(leg.Latents, (members, first), rows, (size, 0), known, count, d);
            leg.Memory.Slice(first * m, count * m).CopyTo(rows.AsSpan(known * size * d));
            var sent = batches.Send(rows);
            var (low, range) = (On(sent, [.. scaling.Low]), On(sent, [.. scaling.High.Zip(scaling.Low, (high, low) => high - low)]));
            Tensor Latent(int k) => ((sent.narrow(0, k * size * d, size * d).view(size, d) - low) / range).to(network.Weights.Type);
            var (parted, offset) = (new Tensor[parts.Length], 0);
            for (var p = 0; p < parts.Length; offset += parts[p++])
                parted[p] = sent.narrow(0, known * size * d, size * m).view(size, m).narrow(1, offset, parts[p]).to(network.Weights.Type).contiguous();

            for (var k = 0; k < fed; k++)
                parted = InScope(() => network.Consume(Latent(k), parted));
            var made = empty([steps, size, d], float32, sent.device);
            if (steps > 0)
            {
                var now = Latent(known - 1);
                for (var s = 0; s < steps; s++)
                    (now, parted) = Step(now, parted, made.select(0, s));
                made.mul_(range).PlusInPlace(low);
            }
            var after = m > 0 ? cat(parted, 1).to(float32).narrow(0, 0, count).flatten() : empty([0], float32, sent.device);
            var received = DeviceBatches.Values(cat([made.narrow(1, 0, count).flatten(), after]).cpu());
            MemberBlocks.Copy(received, (count, 0), leg.Path, (members, first), steps, count, d);
            received[(steps * count * d)..].CopyTo(leg.Memory[(first * m)..]);
        });
    }

    /// <summary>Known latents [known, members, d_z], memory [members, M] and path [steps, members, d_z] of a leg.</summary>
    private readonly ref struct Leg(ReadOnlySpan<float> latents, Span<float> memory, Span<float> path)
    {
        public ReadOnlySpan<float> Latents { get; } = latents;

        public Span<float> Memory { get; } = memory;

        public Span<float> Path { get; } = path;
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
