using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>The trainable LSTM propagator; its memory is h and c.</summary>
internal sealed class LatentLstm : LatentNetwork
{
    private readonly LSTMCell cell;
    private readonly Linear readout;
    private readonly int hidden;
    private readonly bool increment;
    private readonly ScalarType type;

    /// <summary>Input weights Xavier-uniform, recurrent ones orthogonal, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="hidden">Hidden units H.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="increment">Whether the readout is the change of the latents; it then starts near 0.</param>
    public LatentLstm(int latentSize, int hidden, ScalarType type, bool increment = false)
    {
        (this.hidden, this.type, this.increment) = (hidden, type, increment);
        cell = LSTMCell(latentSize, hidden, dtype: type);
        readout = Linear(hidden, latentSize, dtype: type);
        init.xavier_uniform_(cell.weight_ih);
        init.orthogonal_(cell.weight_hh);
        init.xavier_uniform_(readout.weight, increment ? 0.1 : 1);
        foreach (var bias in (Parameter[])[cell.bias_ih!, cell.bias_hh!, readout.bias!])
            init.constant_(bias, 0.001);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, hidden, type), zeros(batch, hidden, type)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory)
    {
        var (h, c) = cell.call(latent, (memory[0], memory[1]));
        return [h, c];
    }

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) forward(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        var change = readout.call(memory[0]);
        return (increment ? latent + change : change.tanh() * 0.5 + 0.5, memory);
    }

    /// <inheritdoc />
    public override string FileName(string parameter) => parameter.Replace("cell.", "lstm.", StringComparison.Ordinal);
}
