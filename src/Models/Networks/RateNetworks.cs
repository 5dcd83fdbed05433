using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>A perceptron for each field's rate of change, tanh between its layers; they share a vector of weights, and nothing else.</summary>
/// <param name="shape">The equation.</param>
/// <param name="regression">Shape of the perceptrons.</param>
/// <param name="device">Where they are trained.</param>
internal sealed class RateNetworks(CoarsePdeArchitecture shape, PerceptronRegressionArchitecture regression, Device device) : IDisposable
{
    /// <summary>The weights.</summary>
    public WeightTensors Weights { get; } = new(
        shape.Fields.SelectMany((name, c) =>
        {
            var widths = regression.Widths(shape.Inputs[c]);
            return Enumerable.Range(0, widths.Length - 1).SelectMany(i => WeightShape.Dense($"{name}.{i}", widths[i], widths[i + 1]));
        }), ScalarType.Float64, device);

    /// <summary>Scaled rates of a field, [n, F] → [n, 1].</summary>
    public Tensor Rates(int field, Tensor inputs)
    {
        var x = inputs;
        for (var i = 0; i <= regression.HiddenLayers.Length; i++)
        {
            x = functional.linear(x, Weights[$"{shape.Fields[field]}.{i}.weight"], Weights[$"{shape.Fields[field]}.{i}.bias"]);
            if (i < regression.HiddenLayers.Length)
                x = x.tanh();
        }
        return x;
    }

    /// <inheritdoc />
    public void Dispose() => Weights.Dispose();
}
