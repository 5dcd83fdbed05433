using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// LSTM propagator in managed code (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735): gates i, f, g, o;
/// c ← σ(f)c + σ(i)tanh(g), h ← σ(o)tanh(c); next scaled latent = ½ + ½ tanh(W h + b).
/// </summary>
/// <remarks>
/// Latents are scaled to s = (z − low)/(high − low) before the cell. Memory per member: [h, c].
/// Floor per member and step: (d_z + H)·4H + H·d_z fused multiply-adds and 5H + d_z activations.
/// </remarks>
/// <param name="gates">Dense layer [x, h] → [i, f, g, o] without activation.</param>
/// <param name="readout">Dense layer h → next scaled latent, with its activation.</param>
/// <param name="low">Latent value that scales to 0, [d_z].</param>
/// <param name="high">Latent value that scales to 1, [d_z].</param>
public sealed class LstmPropagator(
    DenseLayer gates, DenseLayer readout, ImmutableArray<float> low, ImmutableArray<float> high) : IPropagator
{
    private const int Tile = 16;

    private readonly int hidden = readout.Inputs;

    /// <inheritdoc />
    public int LatentSize => readout.Outputs;

    /// <inheritdoc />
    public int MemorySize => 2 * hidden;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, int members, Span<float> memory)
    {
        var steps = latents.Length / (members * LatentSize);
        for (var first = 0; first < members; first += Tile)
        {
            using var tile = new State(this, Math.Min(Tile, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            for (var s = 0; s < steps; s++)
                tile.Step(latents.Slice((s * members + first) * LatentSize, tile.Members * LatentSize));
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, int members, Span<float> memory, Span<float> path)
    {
        var steps = path.Length / (members * LatentSize);
        for (var first = 0; first < members; first += Tile)
        {
            using var tile = new State(this, Math.Min(Tile, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            var row = tile.Members * LatentSize;
            var current = latents.Slice(first * LatentSize, row);
            for (var s = 0; s < steps; s++)
            {
                var next = path.Slice((s * members + first) * LatentSize, row);
                tile.Step(current);
                tile.Predict(next);
                current = next;
            }
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <summary>A few members on their way through the cell, in scratch memory.</summary>
    private readonly ref struct State : IDisposable
    {
        private readonly LstmPropagator owner;
        private readonly float[] scratch;
        private readonly Span<float> input, gate, cell, output; // [m, d_z + H], [m, 4H], [m, H], [m, padded d_z]

        public State(LstmPropagator owner, int members)
        {
            (this.owner, Members) = (owner, members);
            var (h, x) = (DenseLayer.Padded(owner.hidden), owner.LatentSize);
            scratch = ArrayPool<float>.Shared.Rent(members * (x + h + owner.gates.Stride + h + owner.readout.Stride));
            var rest = scratch.AsSpan();
            input = Take(members * (x + h), ref rest);
            gate = Take(members * owner.gates.Stride, ref rest);
            cell = Take(members * h, ref rest);
            output = Take(members * owner.readout.Stride, ref rest);
            input.Clear();
            cell.Clear();

            static Span<float> Take(int length, ref Span<float> rest)
            {
                var taken = rest[..length];
                rest = rest[length..];
                return taken;
            }
        }

        public int Members { get; }

        private int Stride => owner.LatentSize + DenseLayer.Padded(owner.hidden);

        public void Dispose() => ArrayPool<float>.Shared.Return(scratch);

        public void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < Members; m++)
            {
                memory.Slice(m * owner.MemorySize, owner.hidden).CopyTo(input[(m * Stride + owner.LatentSize)..]);
                memory.Slice(m * owner.MemorySize + owner.hidden, owner.hidden).CopyTo(cell[(m * DenseLayer.Padded(owner.hidden))..]);
            }
        }

        public void Save(Span<float> memory)
        {
            for (var m = 0; m < Members; m++)
            {
                input.Slice(m * Stride + owner.LatentSize, owner.hidden).CopyTo(memory[(m * owner.MemorySize)..]);
                cell.Slice(m * DenseLayer.Padded(owner.hidden), owner.hidden).CopyTo(memory[(m * owner.MemorySize + owner.hidden)..]);
            }
        }

        /// <summary>Consumes one frame of latents [m, d_z].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public unsafe void Step(ReadOnlySpan<float> latents)
        {
            var d = owner.LatentSize;
            for (var m = 0; m < Members; m++)
                for (var k = 0; k < d; k++)
                    input[m * Stride + k] = (latents[m * d + k] - owner.low[k]) / (owner.high[k] - owner.low[k]);
            owner.gates.Forward(input, Stride, gate, Members);

            var h = owner.hidden;
            fixed (float* inputs = input, gates = gate, cells = cell)
            {
                for (var m = 0; m < Members; m++)
                {
                    float* g = gates + m * owner.gates.Stride, c = cells + m * h, y = inputs + m * Stride + d;
                    for (var j = 0; j < h; j += Vector512<float>.Count)
                    {
                        var admit = SimdMath.Sigmoid(Vector512.Load(g + j));
                        var forget = SimdMath.Sigmoid(Vector512.Load(g + h + j));
                        var candidate = SimdMath.Tanh(Vector512.Load(g + 2 * h + j));
                        var emit = SimdMath.Sigmoid(Vector512.Load(g + 3 * h + j));
                        var next = Vector512.FusedMultiplyAdd(forget, Vector512.Load(c + j), admit * candidate);
                        next.Store(c + j);
                        (emit * SimdMath.Tanh(next)).Store(y + j);
                    }
                }
            }
        }

        /// <summary>Prediction of the frame after the last one consumed, [m, d_z].</summary>
        public void Predict(Span<float> latents)
        {
            owner.readout.Forward(input[owner.LatentSize..], Stride, output, Members);
            var d = owner.LatentSize;
            for (var m = 0; m < Members; m++)
                for (var k = 0; k < d; k++)
                {
                    var range = owner.high[k] - owner.low[k];
                    latents[m * d + k] = MathF.FusedMultiplyAdd(output[m * owner.readout.Stride + k], range, owner.low[k]);
                }
        }
    }
}
