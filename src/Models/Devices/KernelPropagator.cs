using ILGPU;
using ILGPU.Runtime;
using LedCluster.Domain.Workers;
using Floats = ILGPU.ArrayView<float>;

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
    private readonly Action<string> note;
    private readonly int weights; // fours
    private int most = MostMembers; // of a launch
    private readonly Action<KernelConfig, KernelLeg, Floats, Floats, Floats, Floats> kernel;

    /// <summary>Brings a propagator's weights to a device.</summary>
    /// <param name="network">What it computes.</param>
    /// <param name="device">The device.</param>
    /// <param name="note">Told when the device's memory does not suffice.</param>
    public KernelPropagator(KernelNetwork network, KernelDevice device, Action<string> note)
    {
        (this.network, this.device, this.note, weights) = (network, device, note, network.Weights.Length);
        var (own, scaling) = (device.Keep(network.Weights), device.Keep(network.Scaling));
        var layers = device.Keep(network.Layers.Length > 0 ? network.Layers : [0]);
        switch (network.Cell)
        {
            case KernelCell.Lstm:
                var lstm = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, Floats, Floats, Floats, Floats, Floats>(LatentKernels.Lstm));
                kernel = (grid, leg, known, memory, path, scratch) => lstm(grid, leg, own.View, scaling.View, known, memory, path, scratch);
                break;
            case KernelCell.Gru:
                var gru = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, ArrayView<int>, Floats, Floats, Floats, Floats, Floats>(
                    LatentKernels.Gru));
                kernel = (grid, leg, known, memory, path, scratch) => gru(grid, leg, own.View, layers.View, scaling.View, known, memory, path, scratch);
                break;
            default:
                var perceptron = device.Compile(a => a.LoadStreamKernel<KernelLeg, ArrayView<Four>, ArrayView<int>, Floats, Floats, Floats, Floats>(
                    LatentKernels.Perceptron));
                kernel = (grid, leg, known, _, path, scratch) => perceptron(grid, leg, own.View, layers.View, scaling.View, known, path, scratch);
                break;
        }
    }

    /// <inheritdoc />
    public override int LatentSize => network.Latents;

    /// <inheritdoc />
    public override int MemorySize => network.MemorySize;

    /// <inheritdoc />
    public override int? DeviceBatch => most;

    /// <inheritdoc />
    public override LegArrays Rent(int known, int members, int steps) => new Leg(
        device, checked(known * members * LatentSize), checked(members * MemorySize), checked(steps * members * LatentSize));

    /// <inheritdoc />
    protected override void Advance(LegArrays arrays, int fed, int members)
    {
        var (d, m) = (LatentSize, MemorySize);
        ReadOnlySpan<float> latents = arrays.Latents;
        Span<float> memory = arrays.Memory, path = arrays.Path;
        var (known, steps) = (latents.Length / (members * d), path.Length / (members * d));
        for (int first = 0, count; first < members; first += count)
        {
            var fits = int.MaxValue / Math.Max(Math.Max(known, steps) * d, Math.Max(m, network.ScratchRows)); // numbers of an array are counted in 32 bits
            count = Math.Min(Math.Min(most, fits), members - first);
            try
            {
                if (count == members)
                {
                    Launch(latents, known, fed, count, memory, path);
                    continue;
                }
                var (given, made) = (new float[known * count * d], new float[steps * count * d]);
                MemberBlocks.Copy(latents, (members, first), given, (count, 0), known, count, d);
                Launch(given, known, fed, count, memory.Slice(first * m, count * m), made);
                MemberBlocks.Copy(made, (count, 0), path, (members, first), steps, count, d);
            }
            catch (DeviceLostException error) when (count > 1 && KernelDevice.IsMemory(error))
            {
                (most, count) = ((count + 1) / 2, 0); // the same members again
                note($"{device.Name} ran out of memory; launches now have {most} members, with the same bits.");
            }
        }
    }

    private void Launch(ReadOnlySpan<float> latents, int known, int fed, int members, Span<float> memory, Span<float> path) => device.Guarded(
        new Rows { Latents = latents, Memory = memory, Path = path, Leg = new KernelLeg
        {
            Members = members, Latents = LatentSize, Units = network.Units, Known = known, Fed = fed, Steps = path.Length / (members * LatentSize),
            Increment = network.Increment ? 1 : 0,
        } },
        rows =>
        {
            var (leg, path) = (rows.Leg, device.Borrow("path", rows.Path.Length));
            var (known, memory) = (device.Borrow("known", rows.Latents.Length), device.Borrow("memory", rows.Memory.Length));
            var scratch = device.Borrow("scratch", network.ScratchRows * leg.Members);
            known.CopyFromCPU(device.Stream, rows.Latents);
            if (rows.Memory.Length > 0)
                memory.CopyFromCPU(device.Stream, rows.Memory);
            var grid = device.Grid(leg.Members, weights, out var shared);
            leg.Shared = shared ? 1 : 0;
            kernel(grid, leg, known, memory, path, scratch);
            if (rows.Path.Length > 0)
                path.CopyToCPU(device.Stream, rows.Path); // waits for the kernel
            if (rows.Memory.Length > 0)
                memory.CopyToCPU(device.Stream, rows.Memory);
            return 0;
        });

    /// <summary>Known latents [known, members, d_z], memory [members, M] and path [steps, members, d_z] of a launch.</summary>
    private ref struct Rows
    {
        public ReadOnlySpan<float> Latents;
        public Span<float> Memory, Path;
        public KernelLeg Leg;
    }

    /// <summary>The same of a batch, in memory that the device transfers fast.</summary>
    private sealed class Leg(KernelDevice device, int latents, int memory, int path) : LegArrays
    {
        private readonly PageLockedArray1D<float> known = device.Host.Rent(latents), state = device.Host.Rent(memory), made = device.Host.Rent(path);

        public override Span<float> Latents => known.Span[..latents];

        public override Span<float> Memory => state.Span[..memory];

        public override Span<float> Path => made.Span[..path];

        public override void Dispose()
        {
            device.Host.Return(known, latents);
            device.Host.Return(state, memory);
            device.Host.Return(made, path);
            base.Dispose();
        }
    }
}
