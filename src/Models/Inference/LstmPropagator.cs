using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// LSTM propagator in managed code (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735): gates i, f, g, o;
/// c ← σ(f)c + σ(i)tanh(g), h ← σ(o)tanh(c); next scaled latent = ½ + ½ tanh(W h + b), or the last one + W h + b.
/// </summary>
/// <remarks>
/// Latents are scaled to s = (z − low)/(high − low) for the cell. Memory per member: [h, c], each padded to whole
/// vectors. Floor per member and step: (d_z + H)·4H + H·d_z fused multiply-adds and 5H + d_z activations.
/// </remarks>
public sealed class LstmPropagator : IPropagator
{
    /// <summary>Members that go through the cell together, so that their scratch memory stays in the first-level cache.</summary>
    private const int TileMembers = 16;

    private const int CandidateGate = 2; // of i, f, g, o the only one with tanh

    private readonly DenseLayer gates; // [x, h] → [−i, −f, g, −o]: the cell wants 1 + e^−i
    private readonly float[] readoutWeight, readoutBias; // [d_z, H], [d_z]
    private readonly float[] low, range; // of each latent, repeated to fill a tile: a prediction y means the latent low + range·y
    private readonly bool increment;
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
    /// <param name="increment">Whether the readout is the change of the latents.</param>
    public LstmPropagator(
        ReadOnlySpan<float> inputWeight, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> inputBias,
        ReadOnlySpan<float> hiddenBias, ReadOnlySpan<float> readoutWeight, ReadOnlySpan<float> readoutBias,
        ImmutableArray<float> low, ImmutableArray<float> high, bool increment = false)
    {
        this.increment = increment;
        int d = readoutBias.Length, h = inputBias.Length / 4;
        hidden = DenseLayer.Padded(h);
        var (weight, bias) = (new float[4 * hidden * (d + hidden)], new float[4 * hidden]);
        (this.readoutWeight, this.readoutBias) = (new float[d * hidden], readoutBias.ToArray());
        for (var gate = 0; gate < 4; gate++)
            for (var j = 0; j < h; j++)
            {
                var (from, to) = (gate * h + j, gate * hidden + j);
                var sign = gate == CandidateGate ? 1 : -1;
                var offset = (double)inputBias[from] + hiddenBias[from];
                for (var k = 0; k < d; k++)
                {
                    // The scaling of the latents, s = (z − low)/(high − low), becomes part of weights and bias.
                    var slope = inputWeight[from * d + k] / ((double)high[k] - low[k]);
                    weight[to * (d + hidden) + k] = (float)(sign * slope);
                    offset -= slope * low[k];
                }
                bias[to] = (float)(sign * offset);
                for (var k = 0; k < h; k++)
                    weight[to * (d + hidden) + d + k] = sign * hiddenWeight[from * h + k];
            }
        for (var k = 0; k < d; k++)
            readoutWeight.Slice(k * h, h).CopyTo(this.readoutWeight.AsSpan(k * hidden));
        gates = new DenseLayer(weight, bias, Activation.None);
        this.low = Repeated(k => low[k]);
        range = Repeated(k => high[k] - low[k]);

        float[] Repeated(Func<int, float> value) =>
            [.. Enumerable.Range(0, DenseLayer.Padded(TileMembers * d)).Select(i => value(i % d))];
    }

    /// <inheritdoc />
    public int LatentSize => readoutBias.Length;

    /// <inheritdoc />
    public int MemorySize => 2 * hidden;

    /// <summary>The gates as one layer.</summary>
    internal DenseLayer Gates => gates;

    /// <summary>The readout W [d_z, padded H], b [d_z].</summary>
    internal (float[] Weight, float[] Bias) Readout => (readoutWeight, readoutBias);

    /// <summary>Of each latent, repeated: what a prediction of 0 means.</summary>
    internal float[] Low => low;

    /// <summary>Of each latent, repeated: by how much more a prediction of 1 means.</summary>
    internal float[] Range => range;

    /// <summary>Whether the readout is the change of the latents.</summary>
    internal bool IsIncrement => increment;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        var members = context.Count;
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
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var members = context.Count;
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
                tile.Predict(current, next);
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
            for (int m = 0, from = 0, to = 0; m < members; m++, to += h)
                for (var k = 0; k < d; k++)
                    input[to++] = latents[from++];
            owner.gates.Forward(input, stride, gate, members);
            fixed (float* inputs = input, gates = gate, cells = cell)
                SimdMath.LstmCells(gates, cells, inputs + d, h, stride, members);
        }

        /// <summary>Prediction [m, d_z] of the frame after the last one consumed, [m, d_z].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public unsafe void Predict(ReadOnlySpan<float> last, Span<float> latents)
        {
            fixed (float* inputs = input, weights = owner.readoutWeight, biases = owner.readoutBias, scaled = packed, low = owner.low, range = owner.range)
            {
                var hidden = inputs + d;
                for (int m = 0, at = 0; m < members; m++, hidden += stride)
                    for (var k = 0; k < d; k++, at++)
                        scaled[at] = Dot(hidden, weights + k * h, h) + biases[k];
                if (owner.increment)
                {
                    for (var i = 0; i < latents.Length; i++)
                        latents[i] = MathF.FusedMultiplyAdd(scaled[i], range[i], last[i]);
                    return;
                }
                SimdMath.HalfTanh(scaled, packed.Length);
                for (var i = 0; i < packed.Length; i += Vector512<float>.Count)
                    Vector512.FusedMultiplyAdd(Vector512.Load(scaled + i), Vector512.Load(range + i), Vector512.Load(low + i)).Store(scaled + i);
            }
            packed.AsSpan(0, members * d).CopyTo(latents);
        }

        /// <summary>Σ_j a_j b_j over H numbers, in sixteen partial sums that are then added in pairs: one order at any SIMD width.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe float Dot(float* a, float* b, int length)
        {
            var sum = Vector512<float>.Zero;
            for (var j = 0; j < length; j += Vector512<float>.Count)
                sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + j), Vector512.Load(b + j), sum);
            var eight = sum.GetLower() + sum.GetUpper();
            var four = eight.GetLower() + eight.GetUpper();
            return four[0] + four[2] + (four[1] + four[3]);
        }
    }
}
