using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>The trainable perceptron propagator: CELU layers from latent to latent, without memory.</summary>
internal sealed class LatentPerceptron : LatentNetwork
{
    private readonly ModuleList<Linear> layers = new();
    private readonly bool increment;

    /// <summary>Weights Xavier-uniform, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="widths">Widths from latent to latent.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="increment">Whether the last layer is the change of the latents; it then starts near 0.</param>
    public LatentPerceptron(IReadOnlyList<int> widths, ScalarType type, bool increment = false)
    {
        this.increment = increment;
        for (var i = 0; i + 1 < widths.Count; i++)
        {
            var layer = Linear(widths[i], widths[i + 1], dtype: type);
            init.xavier_uniform_(layer.weight, increment && i + 2 == widths.Count ? 0.1 : 1);
            init.constant_(layer.bias!, 0.001);
            layers.Add(layer);
        }
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory) => [];

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) forward(Tensor latent, Tensor[] memory)
    {
        var inner = latent;
        for (var i = 0; i < layers.Count - 1; i++)
            inner = functional.celu(layers[i].call(inner), 1);
        var change = layers[layers.Count - 1].call(inner);
        return (increment ? latent + change : change.tanh() * 0.5 + 0.5, []);
    }

    /// <inheritdoc />
    public override string FileName(string parameter) => parameter;
}
