using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>The GRU propagator; its memory is h. Equations as in <see cref="Inference.GruPropagator"/>.</summary>
/// <param name="hidden">Hidden units H.</param>
/// <param name="increment">Whether the readout is the change of the latents.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class LatentGru(int hidden, bool increment, WeightTensors weights) : LatentNetwork(weights)
{
    /// <summary>The weights that it needs: recurrent ones start orthogonal; a readout of increments starts near 0.</summary>
    public static IEnumerable<WeightShape> Shapes(int latentSize, int hidden, bool increment) =>
    [
        WeightShape.Xavier("gru.weight_ih", 1, 3 * hidden, latentSize), WeightShape.Orthogonal("gru.weight_hh", 3 * hidden, hidden),
        WeightShape.Bias("gru.bias_ih", 3 * hidden), WeightShape.Bias("gru.bias_hh", 3 * hidden),
        .. WeightShape.Dense("readout", hidden, latentSize, increment ? 0.1 : 1),
    ];

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, hidden, Weights.Type, Weights.Device)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory)
    {
        var h = memory[0];
        var x = functional.linear(latent, Weights["gru.weight_ih"], Weights["gru.bias_ih"]); // [B, 3H]: r, z, n
        var u = functional.linear(h, Weights["gru.weight_hh"], Weights["gru.bias_hh"]);
        var rz = x.narrow(1, 0, 2 * hidden).Plus(u.narrow(1, 0, 2 * hidden)).sigmoid();
        var (r, z) = (rz.narrow(1, 0, hidden), rz.narrow(1, hidden, hidden));
        var n = addcmul(x.narrow(1, 2 * hidden, hidden), r, u.narrow(1, 2 * hidden, hidden), Numbers.Constant(1)).tanh();
        return [n.Plus(z * (h - n))];
    }

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        var change = functional.linear(memory[0], Weights["readout.weight"], Weights["readout.bias"]);
        return (increment ? latent.Plus(change) : change.ScaledTanh(), memory);
    }
}
