using System.Runtime.CompilerServices;

namespace LedCluster.Models.Inference;

/// <summary>
/// GRU propagator in managed code (Cho et al. 2014, doi:10.3115/v1/D14-1179, with the reset gate after the product, as PyTorch
/// has it): r, z = σ(·), n = tanh(W x + b + r·(U h + b′)), h ← (1 − z)n + z h; next scaled latent = ½ + ½ tanh(W h + b), or
/// x + W h + b.
/// </summary>
/// <remarks>Memory per member: h, padded to whole vectors. Per step (d_z + H)·4H + H·d_z fused multiply-adds.</remarks>
public sealed class GruPropagator : TiledPropagator
{
    private readonly DenseLayer gates;   // [x, h] → [−r, −z, W x + b, U h + b′]: the cell wants 1 + e^−r
    private readonly DenseLayer readout; // h → s
    private readonly LatentScaling scaling;
    private readonly bool increment;
    private readonly int hidden; // padded to whole vectors; the padding of h stays zero

    /// <summary>Builds a propagator from weights in PyTorch's layout.</summary>
    /// <param name="inputWeight">W_ih [3H, d_z], gates in the order r, z, n.</param>
    /// <param name="hiddenWeight">W_hh [3H, H].</param>
    /// <param name="inputBias">b_ih [3H].</param>
    /// <param name="hiddenBias">b_hh [3H].</param>
    /// <param name="readoutWeight">W [d_z, H].</param>
    /// <param name="readoutBias">b [d_z].</param>
    /// <param name="scaling">Scaling of the latents.</param>
    /// <param name="increment">Whether the readout is the change of the latents.</param>
    public GruPropagator(
        ReadOnlySpan<float> inputWeight, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> inputBias,
        ReadOnlySpan<float> hiddenBias, ReadOnlySpan<float> readoutWeight, ReadOnlySpan<float> readoutBias, LatentScaling scaling, bool increment = false)
    {
        int d = scaling.Size, h = inputBias.Length / 3;
        (this.scaling, this.increment) = (scaling, increment);
        hidden = DenseLayer.Padded(h);
        var (weight, bias) = (new float[4 * hidden * (d + hidden)], new float[4 * hidden]);
        for (var gate = 0; gate < 3; gate++)
            for (var j = 0; j < h; j++)
            {
                var from = gate * h + j;
                var (ofInput, ofHidden) = (gate * hidden + j, (gate == 2 ? 3 : gate) * hidden + j);
                var sign = gate == 2 ? 1 : -1;
                bias[ofInput] += sign * inputBias[from];
                bias[ofHidden] += sign * hiddenBias[from];
                for (var k = 0; k < d; k++)
                    weight[ofInput * (d + hidden) + k] = sign * inputWeight[from * d + k];
                for (var k = 0; k < h; k++)
                    weight[ofHidden * (d + hidden) + d + k] = sign * hiddenWeight[from * h + k];
            }
        gates = new DenseLayer(weight, bias, Activation.None);
        readout = new DenseLayer(readoutWeight, readoutBias, increment ? Activation.None : Activation.HalfTanh);
    }

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => hidden;

    /// <summary>The gates as one layer.</summary>
    internal DenseLayer Gates => gates;

    /// <summary>The readout.</summary>
    internal DenseLayer Readout => readout;

    /// <summary>Scaling of the latents.</summary>
    internal LatentScaling Scaling => scaling;

    /// <summary>Whether the readout is the change of the latents.</summary>
    internal bool IsIncrement => increment;

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    private sealed class Members(GruPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, h = owner.hidden, stride = owner.LatentSize + owner.hidden, count = members;
        private readonly float[] input = new float[members * (owner.LatentSize + owner.hidden)]; // [m, d_z + H]
        private readonly float[] gate = new float[members * owner.gates.Stride];                 // [m, 4H]
        private readonly float[] output = new float[members * owner.readout.Stride];             // [m, d_z]

        public override void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < count; m++)
                memory.Slice(m * h, h).CopyTo(input.AsSpan(m * stride + d));
        }

        public override void Save(Span<float> memory)
        {
            for (var m = 0; m < count; m++)
                input.AsSpan(m * stride + d, h).CopyTo(memory[(m * h)..]);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override unsafe void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
                owner.scaling.Scale(latents.Slice(m * d, d), input.AsSpan(m * stride, d));
            owner.gates.Forward(input, stride, gate, count);
            fixed (float* inputs = input, gates = gate)
                SimdMath.GruCells(gates, inputs + d, h, stride, count);
        }

        public override void Predict(Span<float> latents)
        {
            owner.readout.Forward(input.AsSpan(d), stride, output, count);
            for (var m = 0; m < count; m++)
            {
                var next = output.AsSpan(m * owner.readout.Stride, d);
                for (var k = 0; k < d && owner.increment; k++)
                    next[k] += input[m * stride + k];
                owner.scaling.Unscale(next, latents.Slice(m * d, d));
            }
        }
    }
}
