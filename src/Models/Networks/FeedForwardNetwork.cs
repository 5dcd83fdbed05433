using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The feed-forward autoencoder on scaled fields: CELU after every layer, the latent included; layers of equal
/// size add their input; the output is ½ + ½ tanh (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement).
/// </summary>
/// <param name="widths">Widths from the input to the latent; the decoder mirrors them.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says, among others perhaps.</param>
internal sealed class FeedForwardNetwork(IReadOnlyList<int> widths, WeightTensors weights) : Autoencoder(weights)
{
    private readonly int layers = widths.Count - 1;

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(IReadOnlyList<int> widths) =>
        [.. Stack("encoder", [.. widths]), .. Stack("decoder", [.. widths.Reverse()])];

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        for (var i = 0; i < layers; i++)
            x = Apply("encoder", i, x).Celu();
        return x;
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        for (var i = 0; i < layers - 1; i++)
            z = Apply("decoder", i, z).Celu();
        return Apply("decoder", layers - 1, z).ScaledTanh();
    }

    private Tensor Apply(string stack, int layer, Tensor x)
    {
        var weight = Weights[$"{stack}.{layer}.weight"];
        var y = functional.linear(x, weight, Weights[$"{stack}.{layer}.bias"]);
        return weight.shape is [var rows, var columns] && rows == columns ? y.Plus(x) : y;
    }

    private static IEnumerable<WeightShape> Stack(string name, int[] widths) =>
        Enumerable.Range(0, widths.Length - 1).SelectMany(i => WeightShape.Dense($"{name}.{i}", widths[i], widths[i + 1]));
}
