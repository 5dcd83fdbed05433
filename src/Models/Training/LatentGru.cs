using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>The trainable GRU propagator; its memory is h.</summary>
internal sealed class LatentGru : LatentNetwork
{
    private readonly GRUCell cell;
    private readonly Linear readout;
    private readonly int hidden;
    private readonly bool increment;
    private readonly ScalarType type;

    /// <summary>Input weights Xavier-uniform, recurrent ones orthogonal, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="hidden">Hidden units H.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="increment">Whether the readout is the change of the latents; it then starts near 0.</param>
    public LatentGru(int latentSize, int hidden, ScalarType type, bool increment = false)
    {
        (this.hidden, this.type, this.increment) = (hidden, type, increment);
        cell = GRUCell(latentSize, hidden, dtype: type);
        readout = Linear(hidden, latentSize, dtype: type);
        init.xavier_uniform_(cell.weight_ih);
        init.orthogonal_(cell.weight_hh);
        init.xavier_uniform_(readout.weight, increment ? 0.1 : 1);
        foreach (var bias in (Parameter[])[cell.bias_ih!, cell.bias_hh!, readout.bias!])
            init.constant_(bias, 0.001);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, hidden, type)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory) => [cell.call(latent, memory[0])];

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) forward(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        var change = readout.call(memory[0]);
        return (increment ? latent + change : change.tanh() * 0.5 + 0.5, memory);
    }

    /// <inheritdoc />
    public override string FileName(string parameter) => parameter.Replace("cell.", "gru.", StringComparison.Ordinal);
}
