using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace LedCluster.Models.Inference;

/// <summary>
/// A stack of LSTM layers, in one or both directions, that reads the last W frames anew for each prediction, from a blank state; dense
/// layers turn its final output into the next scaled latent, or its change (Cattaneo, Dotti &amp; Fedrizzi, PACS project report, Politecnico
/// di Milano 2022; bidirectional: Schuster and Paliwal 1997, doi:10.1109/78.650093). While fewer than W frames are known, it reads those.
/// </summary>
/// <remarks>
/// Memory per member: the number of frames known, then room for W of them, oldest first, scaled. Latents that are fed are kept as
/// they are; with smoothing, a forecast begins with the window smoothed, so that nothing after the window enters. Each prediction costs W
/// times the layers' weights, in fused multiply-adds.
/// </remarks>
public sealed class WindowedLstmPropagator : TiledPropagator
{
    private readonly LatentScaling scaling;
    private readonly int window;
    private readonly ImmutableArray<ImmutableArray<LstmLayer>> layers; // by layer and direction: forward, backward
    private readonly ImmutableArray<DenseLayer> dense;
    private readonly bool increment;
    private readonly SavitzkyGolay? smoothing;

    /// <summary>Builds a propagator.</summary>
    /// <param name="scaling">Scaling of the latents.</param>
    /// <param name="window">Frames W that are read.</param>
    /// <param name="layers">LSTM layers, each in one or two directions.</param>
    /// <param name="dense">Dense layers after them; the last has d_z outputs.</param>
    /// <param name="increment">Whether the output is the change of the latents.</param>
    /// <param name="smoothing">Smooths what is known before a forecast; null for none.</param>
    internal WindowedLstmPropagator(
        LatentScaling scaling, int window, ImmutableArray<ImmutableArray<LstmLayer>> layers, ImmutableArray<DenseLayer> dense, bool increment,
        SavitzkyGolay? smoothing) =>
        (this.scaling, this.window, this.layers, this.dense, this.increment, this.smoothing) = (scaling, window, layers, dense, increment, smoothing);

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => 1 + window * scaling.Size;

    /// <inheritdoc />
    public override int FramesRead => window;

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    private sealed class Members(WindowedLstmPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, window = owner.window, count = members;
        private readonly int[] known = new int[members];
        private readonly float[] frames = new float[members * owner.window * owner.LatentSize]; // [m, W, d_z], oldest first
        private readonly int wide = owner.layers.Max(layer => layer.Sum(direction => direction.Hidden)); // of a frame between layers
        private float[]? sequence, further, packed;
        private bool free; // whether the last frame was predicted

        public override void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < count; m++)
            {
                var own = memory.Slice(m * owner.MemorySize, owner.MemorySize);
                known[m] = (int)own[0];
                own[1..].CopyTo(frames.AsSpan(m * window * d));
            }
        }

        public override void Save(Span<float> memory)
        {
            for (var m = 0; m < count; m++)
            {
                var own = memory.Slice(m * owner.MemorySize, owner.MemorySize);
                own[0] = known[m];
                frames.AsSpan(m * window * d, window * d).CopyTo(own[1..]);
            }
        }

        public override void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
            {
                var own = frames.AsSpan(m * window * d, window * d);
                if (known[m] == window)
                    own[d..].CopyTo(own);
                else
                    known[m]++;
                owner.scaling.Scale(latents.Slice(m * d, d), own.Slice((known[m] - 1) * d, d));
            }
        }

        public override void Predict(Span<float> latents)
        {
            if (!free && owner.smoothing is { } filter)
                for (var m = 0; m < count; m++)
                {
                    var own = frames.AsSpan(m * window * d, known[m] * d);
                    filter.Smooth(own.ToArray(), d, own);
                }
            free = true;
            for (int first = 0, next; first < count; first = next)
            {
                for (next = first + 1; next < count && known[next] == known[first];)
                    next++;
                Predict(first, next - first, known[first], latents[(first * d)..]);
            }
        }

        /// <summary>Predicts for neighbouring members that know equally many frames.</summary>
        private void Predict(int first, int m, int steps, Span<float> latents)
        {
            sequence ??= new float[window * count * Math.Max(wide, d)];
            further ??= new float[sequence.Length];
            for (var s = 0; s < steps; s++) // [s, m, d_z]
                for (var i = 0; i < m; i++)
                    frames.AsSpan(((first + i) * window + s) * d, d).CopyTo(sequence.AsSpan((s * m + i) * d));
            var width = d;
            for (var l = 0; l < owner.layers.Length; l++)
            {
                var (offset, next) = (0, owner.layers[l].Sum(direction => direction.Hidden));
                var last = l == owner.layers.Length - 1;
                for (var direction = 0; direction < owner.layers[l].Length; offset += owner.layers[l][direction++].Hidden)
                    owner.layers[l][direction].Run(sequence, width, steps, m, backward: direction == 1, last, further.AsSpan(offset), next);
                (sequence, further, width) = (further, sequence, next);
            }
            var (rows, stride) = (sequence, width); // [m, width]: the last layer hands on its final output alone
            foreach (var layer in owner.dense)
            {
                packed = new float[m * layer.Stride];
                layer.Forward(rows, stride, packed, m);
                (rows, stride) = (packed, layer.Stride);
            }
            for (var i = 0; i < m; i++)
            {
                var next = rows.AsSpan(i * stride, d);
                for (var k = 0; k < d && owner.increment; k++)
                    next[k] += frames[((first + i) * window + steps - 1) * d + k];
                owner.scaling.Unscale(next, latents.Slice(i * d, d));
            }
        }
    }
}

/// <summary>One LSTM layer in one direction, on sequences of rows.</summary>
internal sealed class LstmLayer
{
    private const int CandidateGate = 2; // of i, f, g, o the only one with tanh

    private readonly DenseLayer gates; // [x, h] → [−i, −f, g, −o]: the cell wants 1 + e^−i
    private readonly int inputs, padded; // the padding of h and c stays zero

    /// <summary>Builds a layer from weights in PyTorch's layout.</summary>
    /// <param name="inputWeight">W_ih [4H, inputs], gates in the order i, f, g, o.</param>
    /// <param name="hiddenWeight">W_hh [4H, H].</param>
    /// <param name="bias">b [4H].</param>
    public LstmLayer(ReadOnlySpan<float> inputWeight, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> bias)
    {
        Hidden = bias.Length / 4;
        (inputs, padded) = (inputWeight.Length / bias.Length, DenseLayer.Padded(Hidden));
        var (row, weight, offset) = (inputs + padded, new float[4 * padded * (inputs + padded)], new float[4 * padded]);
        for (var gate = 0; gate < 4; gate++)
            for (var j = 0; j < Hidden; j++)
            {
                var (from, to, sign) = (gate * Hidden + j, gate * padded + j, gate == CandidateGate ? 1 : -1);
                offset[to] = sign * bias[from];
                for (var k = 0; k < inputs; k++)
                    weight[to * row + k] = sign * inputWeight[from * inputs + k];
                for (var k = 0; k < Hidden; k++)
                    weight[to * row + inputs + k] = sign * hiddenWeight[from * Hidden + k];
            }
        gates = new DenseLayer(weight, offset, Activation.None);
    }

    /// <summary>Hidden units H.</summary>
    public int Hidden { get; }

    /// <summary>Runs over a sequence from a blank state.</summary>
    /// <param name="sequence">Rows [steps, members, inputs].</param>
    /// <param name="width">Numbers per row.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="members">Members.</param>
    /// <param name="backward">Whether it begins with the last step.</param>
    /// <param name="last">Whether only the final output is wanted.</param>
    /// <param name="outputs">Receives h: at the start of rows [steps, members, ·], or of [members, ·] when only the final one is wanted.</param>
    /// <param name="outputStride">Distance of two such rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Run(ReadOnlySpan<float> sequence, int width, int steps, int members, bool backward, bool last, Span<float> outputs, int outputStride)
    {
        var stride = inputs + padded;
        var (input, gate, cell) = (new float[members * stride], new float[members * 4 * padded], new float[members * padded]);
        for (var step = 0; step < steps; step++)
        {
            var s = backward ? steps - 1 - step : step;
            for (var m = 0; m < members; m++)
                sequence.Slice((s * members + m) * width, inputs).CopyTo(input.AsSpan(m * stride));
            gates.Forward(input, stride, gate, members);
            fixed (float* from = input, g = gate, c = cell)
                SimdMath.LstmCells(g, c, from + inputs, padded, stride, members);
            if (!last || step == steps - 1)
                for (var m = 0; m < members; m++)
                    input.AsSpan(m * stride + inputs, Hidden).CopyTo(outputs[(((last ? 0 : s) * members + m) * outputStride)..]);
        }
    }
}
