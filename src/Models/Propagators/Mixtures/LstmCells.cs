using System.Runtime.CompilerServices;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Propagators.Mixtures;

/// <summary>
/// The cells of an LSTM for latents that are scaled already: gates i, f, g, o; c ← σ(f)c + σ(i)tanh(g), h ← σ(o)tanh(c). Memory [h, c],
/// each padded to whole vectors.
/// </summary>
internal sealed class LstmCells
{
    private const int CandidateGate = 2; // of i, f, g, o the only one with tanh

    private readonly DenseLayer gates; // [x, h] → [−i, −f, g, −o]
    private readonly int inputs;

    /// <summary>Builds the cells from weights in PyTorch's layout.</summary>
    /// <param name="inputWeight">W_ih [4H, d].</param>
    /// <param name="hiddenWeight">W_hh [4H, H].</param>
    /// <param name="inputBias">b_ih [4H].</param>
    /// <param name="hiddenBias">b_hh [4H].</param>
    public LstmCells(ReadOnlySpan<float> inputWeight, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> inputBias, ReadOnlySpan<float> hiddenBias)
    {
        var h = inputBias.Length / 4;
        (inputs, Hidden) = (inputWeight.Length / inputBias.Length, DenseLayer.Padded(h));
        var (weight, bias) = (new float[4 * Hidden * (inputs + Hidden)], new float[4 * Hidden]);
        for (var gate = 0; gate < 4; gate++)
            for (var j = 0; j < h; j++)
            {
                var (from, to, sign) = (gate * h + j, gate * Hidden + j, gate == CandidateGate ? 1 : -1);
                bias[to] = sign * (inputBias[from] + hiddenBias[from]);
                for (var k = 0; k < inputs; k++)
                    weight[to * (inputs + Hidden) + k] = sign * inputWeight[from * inputs + k];
                for (var k = 0; k < h; k++)
                    weight[to * (inputs + Hidden) + inputs + k] = sign * hiddenWeight[from * h + k];
            }
        gates = new DenseLayer(weight, bias, Activation.None);
    }

    /// <summary>Hidden units, padded to whole vectors; the padding stays 0.</summary>
    public int Hidden { get; }

    /// <summary>Length of a row of gates.</summary>
    public int Gates => gates.Stride;

    /// <summary>Length of a row of inputs and hidden units.</summary>
    public int Row => inputs + Hidden;

    /// <summary>Consumes a frame of some members.</summary>
    /// <param name="rows">Inputs and hidden units [M, d + H]; the latter are updated.</param>
    /// <param name="cells">Cell states [M, H], updated.</param>
    /// <param name="scratch">Room for [M, gates].</param>
    /// <param name="members">M.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Consume(float[] rows, float[] cells, float[] scratch, int members)
    {
        gates.Forward(rows, Row, scratch, members);
        fixed (float* x = rows, g = scratch, c = cells)
            SimdMath.LstmCells(g, c, x + inputs, Hidden, Row, members);
    }
}
