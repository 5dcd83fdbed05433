using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>The perceptron propagator: CELU layers from latent to latent, without memory.</summary>
/// <param name="layers">Number of layers.</param>
/// <param name="increment">Whether the last layer is the change of the latents.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class LatentPerceptron(int layers, bool increment, WeightTensors weights) : LatentNetwork(weights)
{
    /// <summary>The weights that it needs; a last layer of increments starts near 0.</summary>
    /// <param name="widths">Widths from latent to latent.</param>
    /// <param name="increment">Whether the last layer is the change of the latents.</param>
    public static IEnumerable<WeightShape> Shapes(IReadOnlyList<int> widths, bool increment) =>
        Enumerable.Range(0, widths.Count - 1).SelectMany(
            i => WeightShape.Dense($"layers.{i}", widths[i], widths[i + 1], increment && i + 2 == widths.Count ? 0.1 : 1));

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory) => [];

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        var inner = latent;
        for (var i = 0; i < layers - 1; i++)
            inner = Layer(i, inner).Celu();
        var change = Layer(layers - 1, inner);
        return (increment ? latent.Plus(change) : change.ScaledTanh(), []);
    }

    private Tensor Layer(int i, Tensor x) => functional.linear(x, Weights[$"layers.{i}.weight"], Weights[$"layers.{i}.bias"]);
}
