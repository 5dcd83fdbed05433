using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The LSTM propagator for forecasts on a device, with libtorch's cell, which is two matrix products and one fused kernel on a GPU.
/// It has no gradients.
/// </summary>
internal sealed class LstmCellNetwork : LatentNetwork
{
    private readonly LSTMCell cell;
    private readonly Tensor readout, offset;
    private readonly int hidden;
    private readonly bool increment;

    /// <summary>Takes over the weights of a <see cref="LatentLstm"/>.</summary>
    public LstmCellNetwork(int hidden, bool increment, WeightTensors weights) : base(weights)
    {
        (this.hidden, this.increment) = (hidden, increment);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        cell = LSTMCell(weights["lstm.weight_ih"].shape[1], hidden, device: weights.Device, dtype: weights.Type);
        cell.weight_ih!.copy_(weights["lstm.weight_ih"]);
        cell.weight_hh!.copy_(weights["lstm.weight_hh"]);
        cell.bias_ih!.copy_(weights["lstm.bias_ih"]);
        cell.bias_hh!.copy_(weights["lstm.bias_hh"]);
        // ½ + ½ tanh a = σ(2 a)
        readout = weights["readout.weight"].Times(increment ? 1 : 2).DetachFromDisposeScope();
        offset = weights["readout.bias"].Times(increment ? 1 : 2).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, hidden, Weights.Type, Weights.Device), zeros(batch, hidden, Weights.Type, Weights.Device)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory)
    {
        var (h, c) = cell.call(latent, (memory[0], memory[1]));
        return [h, c];
    }

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        var change = functional.linear(memory[0], readout, offset);
        return (increment ? latent.Plus(change) : change.sigmoid_(), memory);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        cell.Dispose();
        readout.Dispose();
        offset.Dispose();
        base.Dispose();
    }
}
