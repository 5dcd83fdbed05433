using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>The trainable LSTM propagator on scaled latents; its prediction is ½ + ½ tanh(W h + b).</summary>
internal sealed class LatentLstm : Module<Tensor, (Tensor, Tensor), (Tensor Next, (Tensor, Tensor) Memory)>
{
    private readonly LSTMCell cell;
    private readonly Linear readout;

    /// <summary>Input weights Xavier-uniform, recurrent ones orthogonal, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="hidden">Hidden units H.</param>
    /// <param name="type">Type of the weights.</param>
    public LatentLstm(int latentSize, int hidden, ScalarType type) : base("propagator")
    {
        (Hidden, Type) = (hidden, type);
        cell = LSTMCell(latentSize, hidden, dtype: type);
        readout = Linear(hidden, latentSize, dtype: type);
        init.xavier_uniform_(cell.weight_ih);
        init.orthogonal_(cell.weight_hh);
        init.xavier_uniform_(readout.weight);
        foreach (var bias in (Parameter[])[cell.bias_ih!, cell.bias_hh!, readout.bias!])
            init.constant_(bias, 0.001);
        RegisterComponents();
    }

    /// <summary>Hidden units H.</summary>
    public int Hidden { get; }

    /// <summary>Type of the weights.</summary>
    public ScalarType Type { get; }

    /// <summary>Memory of a sequence that has not begun: (h, c) = 0, each [B, H].</summary>
    public (Tensor, Tensor) Blank(long batch) => (zeros(batch, Hidden, Type), zeros(batch, Hidden, Type));

    /// <summary>Consumes a latent and predicts the next one, [B, d_z] → [B, d_z].</summary>
    public override (Tensor Next, (Tensor, Tensor) Memory) forward(Tensor latent, (Tensor, Tensor) memory)
    {
        memory = Consume(latent, memory);
        return (readout.call(memory.Item1).tanh() * 0.5 + 0.5, memory);
    }

    /// <summary>Consumes a latent without predicting.</summary>
    public (Tensor, Tensor) Consume(Tensor latent, (Tensor, Tensor) memory) => cell.call(latent, memory);
}
