using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The LSTM propagator; its memory is h and c. Equations as in <see cref="Inference.LstmPropagator"/>. On the processor, whole
/// sequences are one node of the graph (<see cref="LstmSequence"/>).
/// </summary>
/// <param name="hidden">Hidden units H.</param>
/// <param name="increment">Whether the readout is the change of the latents.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class LatentLstm(int hidden, bool increment, WeightTensors weights) : LatentNetwork(weights)
{
    private readonly LstmWorkspace workspace = new();

    /// <summary>The weights that it needs: recurrent ones start orthogonal; a readout of increments starts near 0.</summary>
    public static IEnumerable<WeightShape> Shapes(int latentSize, int hidden, bool increment) =>
    [
        WeightShape.Xavier("lstm.weight_ih", 1, 4 * hidden, latentSize), WeightShape.Orthogonal("lstm.weight_hh", 4 * hidden, hidden),
        WeightShape.Bias("lstm.bias_ih", 4 * hidden), WeightShape.Bias("lstm.bias_hh", 4 * hidden),
        .. WeightShape.Dense("readout", hidden, latentSize, increment ? 0.1 : 1),
    ];

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, hidden, Weights.Type, Weights.Device), zeros(batch, hidden, Weights.Type, Weights.Device)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory)
    {
        var gates = functional.linear(latent, Weights["lstm.weight_ih"], Weights["lstm.bias_ih"])
            .Plus(functional.linear(memory[0], Weights["lstm.weight_hh"], Weights["lstm.bias_hh"])); // [B, 4H]: i, f, g, o
        var parts = gates.chunk(4, 1);
        var c = (parts[1].sigmoid() * memory[1]).Plus(parts[0].sigmoid() * parts[2].tanh());
        return [parts[3].sigmoid() * c.tanh(), c];
    }

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        var change = functional.linear(memory[0], Weights["readout.weight"], Weights["readout.bias"]);
        return (increment ? latent.Plus(change) : change.ScaledTanh(), memory);
    }

    /// <inheritdoc />
    public override (Tensor Path, Tensor[] Memory) Run(Tensor frames, bool[] given, Tensor[] memory) =>
        Weights.Device.type != TorchSharp.DeviceType.CPU ? base.Run(frames, given, memory)
        : LstmSequence.Run(new LstmWeights(
            Weights["lstm.weight_ih"], Weights["lstm.weight_hh"], Weights["lstm.bias_ih"], Weights["lstm.bias_hh"],
            Weights["readout.weight"], Weights["readout.bias"]), workspace, frames, given, increment, memory);

    /// <inheritdoc />
    public override void Dispose()
    {
        workspace.Dispose();
        base.Dispose();
    }
}
