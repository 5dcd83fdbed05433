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
/// Latents are scaled to s = (z − low)/(high − low) before the cell. Memory per member: [h, c], each padded to whole
/// vectors. Floor per member and step: (d_z + H)·4H + H·d_z fused multiply-adds and 5H + d_z activations.
/// </remarks>
public sealed class LstmPropagator : IPropagator
{
    /// <summary>Members that go through the cell together, so that their scratch memory stays in the first-level cache.</summary>
    private const int TileMembers = 16;

    private readonly DenseLayer gates, readout;
    private readonly float[] low, range, inverse;
    private readonly int hidden; // padded to whole vectors; the padding of h and c stays zero

    /// <summary>Builds a propagator from weights in PyTorch's layout.</summary>
    /// <param name="inputWeight">W_ih [4H, d_z], gates in the order i, f, g, o.</param>
    /// <param name="hiddenWeight">W_hh [4H, H].</param>
    /// <param name="inputBias">b_ih [4H].</param>
    /// <param name="hiddenBias">b_hh [4H].</param>
    /// <param name="readoutWeight">W [d_z, H].</param>
    /// <param name="readoutBias">b [d_z].</param>
    /// <param name="low">Latent value that scales to 0, [d_z].</param>
    /// <param name="high">Latent value that scales to 1, [d_z].</param>
    public LstmPropagator(
        ReadOnlySpan<float> inputWeight, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> inputBias,
        ReadOnlySpan<float> hiddenBias, ReadOnlySpan<float> readoutWeight, ReadOnlySpan<float> readoutBias,
        ImmutableArray<float> low, ImmutableArray<float> high)
    {
        this.low = [.. low];
        range = [.. high.Zip(low, (b, a) => b - a)];
        inverse = [.. range.Select(r => 1 / r)];
        int d = readoutBias.Length, h = inputBias.Length / 4;
        hidden = DenseLayer.Padded(h);
        var (weight, bias, output) = (new float[4 * hidden * (d + hidden)], new float[4 * hidden], new float[d * hidden]);
        for (var gate = 0; gate < 4; gate++)
            for (var j = 0; j < h; j++)
            {
                var (from, to) = (gate * h + j, gate * hidden + j);
                bias[to] = inputBias[from] + hiddenBias[from];
                inputWeight.Slice(from * d, d).CopyTo(weight.AsSpan(to * (d + hidden)));
                hiddenWeight.Slice(from * h, h).CopyTo(weight.AsSpan(to * (d + hidden) + d));
            }
        for (var k = 0; k < d; k++)
            readoutWeight.Slice(k * h, h).CopyTo(output.AsSpan(k * hidden));
        gates = new DenseLayer(weight, bias, Activation.None);
        readout = new DenseLayer(output, readoutBias, Activation.None);
    }

    /// <inheritdoc />
    public int LatentSize => readout.Outputs;

    /// <inheritdoc />
    public int MemorySize => 2 * hidden;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, int members, Span<float> memory)
    {
        var steps = latents.Length / (members * LatentSize);
        for (var first = 0; first < members; first += TileMembers)
        {
            var tile = new Tile(this, Math.Min(TileMembers, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            for (var s = 0; s < steps; s++)
                tile.Consume(latents.Slice((s * members + first) * LatentSize, tile.Members * LatentSize));
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, int members, Span<float> memory, Span<float> path)
    {
        var steps = path.Length / (members * LatentSize);
        for (var first = 0; first < members; first += TileMembers)
        {
            var tile = new Tile(this, Math.Min(TileMembers, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            var row = tile.Members * LatentSize;
            var current = latents.Slice(first * LatentSize, row);
            for (var s = 0; s < steps; s++)
            {
                var next = path.Slice((s * members + first) * LatentSize, row);
                tile.Consume(current);
                tile.Predict(next);
                current = next;
            }
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <summary>A few members on their way through the cell.</summary>
    private sealed class Tile(LstmPropagator owner, int members)
    {
        private readonly int d = owner.LatentSize, h = owner.hidden, stride = owner.LatentSize + owner.hidden;
        private readonly float[] input = new float[members * (owner.LatentSize + owner.hidden)]; // [m, d_z + H]
        private readonly float[] gate = new float[members * owner.gates.Stride];                 // [m, 4H]
        private readonly float[] cell = new float[members * owner.hidden];                       // [m, H]
        private readonly float[] output = new float[members * owner.readout.Stride];             // [m, padded d_z]
        private readonly float[] packed = new float[DenseLayer.Padded(members * owner.LatentSize)]; // [m, d_z]

        public int Members => members;

        public void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < members; m++)
            {
                memory.Slice(2 * m * h, h).CopyTo(input.AsSpan(m * stride + d));
                memory.Slice((2 * m + 1) * h, h).CopyTo(cell.AsSpan(m * h));
            }
        }

        public void Save(Span<float> memory)
        {
            for (var m = 0; m < members; m++)
            {
                input.AsSpan(m * stride + d, h).CopyTo(memory[(2 * m * h)..]);
                cell.AsSpan(m * h, h).CopyTo(memory[((2 * m + 1) * h)..]);
            }
        }

        /// <summary>Consumes one frame of latents [m, d_z].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public unsafe void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < members; m++)
                for (var k = 0; k < d; k++)
                    input[m * stride + k] = (latents[m * d + k] - owner.low[k]) * owner.inverse[k];
            owner.gates.Forward(input, stride, gate, members);
            fixed (float* inputs = input, gates = gate, cells = cell)
            {
                for (var m = 0; m < members; m++)
                {
                    float* g = gates + m * 4 * h, c = cells + m * h, y = inputs + m * stride + d;
                    for (var j = 0; j < h; j += Vector512<float>.Count)
                    {
                        var (next, emitted) = SimdMath.LstmCell(
                            Vector512.Load(g + j), Vector512.Load(g + h + j), Vector512.Load(g + 2 * h + j), Vector512.Load(g + 3 * h + j), Vector512.Load(c + j));
                        next.Store(c + j);
                        emitted.Store(y + j);
                    }
                }
            }
        }

        /// <summary>Prediction of the frame after the last one consumed, [m, d_z].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Predict(Span<float> latents)
        {
            owner.readout.Forward(input.AsSpan(d), stride, output, members);
            for (var m = 0; m < members; m++)
                for (var k = 0; k < d; k++)
                    packed[m * d + k] = output[m * owner.readout.Stride + k];
            for (var i = 0; i < packed.Length; i += Vector512<float>.Count)
                SimdMath.HalfTanh(Vector512.Create(packed.AsSpan(i))).CopyTo(packed.AsSpan(i));
            for (var m = 0; m < members; m++)
                for (var k = 0; k < d; k++)
                    latents[m * d + k] = MathF.FusedMultiplyAdd(packed[m * d + k], owner.range[k], owner.low[k]);
        }
    }
}
