using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>The pointwise autoencoder on scaled fields; layers as <see cref="PointwiseAutoencoder"/> says.</summary>
/// <param name="shape">Shape.</param>
/// <param name="channels">Channels C of a field.</param>
/// <param name="points">Points X per channel.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class PointwiseNetwork(PointwiseArchitecture shape, int channels, int points, WeightTensors weights) : Autoencoder(weights)
{
    /// <summary>Fields decoded at once without gradients: more would cost more in page faults than in products.</summary>
    private const int FieldsTogether = 64;

    private readonly Dictionary<string, int> layers = shape.Stacks(channels, points).ToDictionary(stack => stack.Name, stack => stack.Widths.Length - 1);

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(PointwiseArchitecture shape, int channels, int points) => shape.Stacks(channels, points).SelectMany(stack =>
        Enumerable.Range(0, stack.Widths.Length - 1).SelectMany(i => WeightShape.Dense($"{stack.Name}.{i}", stack.Widths[i], stack.Widths[i + 1])));

    /// <inheritdoc />
    public override Tensor Encode(Tensor x) => InParts(x, Encoded);

    /// <inheritdoc />
    public override Tensor Decode(Tensor z) => InParts(z, Decoded);

    private static Tensor InParts(Tensor rows, Func<Tensor, Tensor> compute) =>
        is_grad_enabled() || rows.shape[0] <= FieldsTogether ? compute(rows) : cat([.. rows.split(FieldsTogether).Select(compute)]);

    // [B, X, C] → [B, d_z]
    private Tensor Encoded(Tensor x) =>
        Stack("encoder", Stack("encoder.point", Read(x.reshape(-1, channels, points)).transpose(1, 2)).flatten(1));

    private Tensor Read(Tensor x) => shape.InputStride == 1 ? x : x.unflatten(2, [shape.Grid[0], shape.Grid[1]])
        .slice(2, 0, shape.Grid[0], shape.InputStride).slice(3, 0, shape.Grid[1], shape.InputStride).flatten(2);

    private Tensor Decoded(Tensor z) =>
        Stack("decoder.point", Stack("decoder", z).reshape(z.shape[0], points, shape.Features)).ScaledTanh().transpose(1, 2).flatten(1); // [B, C·X]

    private Tensor Stack(string name, Tensor x)
    {
        for (var i = 0; i < layers[name]; i++)
        {
            x = functional.linear(x, Weights[$"{name}.{i}.weight"], Weights[$"{name}.{i}.bias"]);
            if (i < layers[name] - 1)
                x = x.Celu();
        }
        return x;
    }
}
