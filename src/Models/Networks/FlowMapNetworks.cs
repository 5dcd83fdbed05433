using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The networks of hierarchical time-stepping on scaled latents: for each step of s frames x(t + sΔt) = x(t) + N(x(t)), with ReLU between
/// the layers of N and nothing after the last (Liu, Kutz &amp; Brunton 2022, doi:10.1098/rsta.2021.0200, equation 2.3). They share a vector
/// of weights, and nothing else.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class FlowMapNetworks(HierarchicalArchitecture shape, WeightTensors weights) : IDisposable
{
    /// <summary>The weights.</summary>
    public WeightTensors Weights => weights;

    /// <summary>The weights that they need; the last layers, which are increments, start near 0.</summary>
    public static IEnumerable<WeightShape> Shapes(HierarchicalArchitecture shape, int latentSize)
    {
        var widths = shape.Widths(latentSize);
        return shape.Steps.SelectMany(step => Enumerable.Range(0, widths.Length - 1).SelectMany(i =>
            WeightShape.Dense($"steps.{step}.{i}", widths[i], widths[i + 1], i + 2 == widths.Length ? 0.1 : 1)));
    }

    /// <summary>Advances latents by the network of a step, [B, d_z] → [B, d_z].</summary>
    public Tensor Advance(int step, Tensor latents)
    {
        var x = latents;
        for (var i = 0; i <= shape.HiddenLayers.Length; i++)
        {
            x = functional.linear(x, Weights[$"steps.{step}.{i}.weight"], Weights[$"steps.{step}.{i}.bias"]);
            if (i < shape.HiddenLayers.Length)
                x = x.relu();
        }
        return latents.Plus(x);
    }

    /// <inheritdoc />
    public void Dispose() => weights.Dispose();
}
