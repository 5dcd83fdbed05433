using ILGPU;
using ILGPU.Runtime;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Devices;

/// <summary>
/// A propagator of managed code as a kernel with the same bits: a leg is one launch, with one transfer of its known latents and memory in and one of
/// path and memory out.
/// </summary>
internal sealed class KernelPropagator : LegPropagator
{
    /// <summary>Members of a launch, as many as fill a GPU; what one computes depends on no other.</summary>
    private const int MostMembers = 1 << 16;

    private readonly KernelDevice device;
    private readonly KernelNetwork network;
    private readonly int weights; // fours
    private readonly Action<KernelConfig, KernelLeg, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>> kernel;

    /// <summary>Brings a propagator's weights to a device.</summary>
    /// <param name="network">What it computes.</param>
    /// <param name="device">The device.</param>
    public KernelPropagator(KernelNetwork network, KernelDevice device)
    {
        (this.network, this.device, weights) = (network, device, network.Weights.Length);
        var (own, scaling) = (device.Keep(network.Weights), device.Keep(network.Scaling));
        var layers = device.Keep(network.Layers.Length > 0 ? network.Layers : [0]);
        switch (network.Cell)
        {
            case KernelCell.Lstm:
                var lstm = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(LatentKernels.Lstm));
                kernel = (grid, leg, known, memory, path, scratch) => lstm(grid, leg, own.View, scaling.View, known, memory, path, scratch);
                break;
            case KernelCell.Gru:
                var gru = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(LatentKernels.Gru));
                kernel = (grid, leg, known, memory, path, scratch) => gru(grid, leg, own.View, layers.View, scaling.View, known, memory, path, scratch);
                break;
            default:
                var perceptron = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(LatentKernels.Perceptron));
                kernel = (grid, leg, known, _, path, scratch) => perceptron(grid, leg, own.View, layers.View, scaling.View, known, path, scratch);
                break;
        }
    }

    /// <inheritdoc />
    public override int LatentSize => network.Latents;

    /// <inheritdoc />
    public override int MemorySize => network.MemorySize;

    /// <inheritdoc />
    public override int? DeviceBatch => MostMembers;

    /// <inheritdoc />
    protected override void Advance(ReadOnlySpan<float> latents, int fed, int members, Span<float> memory, Span<float> path)
    {
        var (d, m) = (LatentSize, MemorySize);
        var (known, steps) = (latents.Length / (members * d), path.Length / (members * d));
        var most = Math.Min(MostMembers, int.MaxValue / Math.Max(Math.Max(known, steps) * d, Math.Max(m, network.ScratchRows))); // numbers of an array are counted in 32 bits
        for (int first = 0, count; first < members; first += count)
        {
            count = Math.Min(most, members - first);
            var (given, made) = (new float[known * count * d], new float[steps * count * d]);
            MemberBlocks.Copy(latents, (members, first), given, (count, 0), known, count, d);
            var state = memory.Slice(first * m, count * m).ToArray();
            var leg = new KernelLeg { Members = count, Latents = d, Units = network.Units, Known = known, Fed = fed, Steps = steps, Increment = network.Increment ? 1 : 0 };
            device.Guarded(() =>
            {
                var (from, on, to, scratch) = (device.Borrow("known", given.Length), device.Borrow("memory", state.Length), device.Borrow("path", made.Length), device.Borrow("scratch", network.ScratchRows * count));
                from.CopyFromCPU(given);
                if (m > 0)
                    on.CopyFromCPU(state);
                var grid = device.Grid(count, weights, out var shared);
                leg.Shared = shared ? 1 : 0;
                kernel(grid, leg, from, on, to, scratch);
                if (steps > 0)
                    to.CopyToCPU(made);
                if (m > 0)
                    on.CopyToCPU(state);
                return 0;
            });
            state.CopyTo(memory[(first * m)..]);
            MemberBlocks.Copy(made, (count, 0), path, (members, first), steps, count, d);
        }
    }
}
