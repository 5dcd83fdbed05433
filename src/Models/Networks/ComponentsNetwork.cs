using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The MLP of <see cref="AugmentedComponentsArchitecture"/>. In training its inputs are divided by the deviation of each latent, and its
/// outputs by that of the largest coefficient that it makes: all by the same number, so that errors count as they do in the field.
/// </summary>
/// <param name="shape">The architecture.</param>
/// <param name="coefficients">Coefficients of the training's frames, [frames, modes].</param>
/// <param name="device">Where it is trained.</param>
internal sealed class ComponentsNetwork(AugmentedComponentsArchitecture shape, Lazy<double[]> coefficients, Device device) : IDisposable
{
    private readonly int layers = shape.Widths.Length - 1;

    private readonly Lazy<double[]> deviations = new(() => [.. Enumerable.Range(0, shape.Modes).Select(k => Deviation(coefficients.Value, k, shape.Modes))]);

    /// <summary>Its weights.</summary>
    public WeightTensors Weights { get; } = new(
        Enumerable.Range(0, shape.Widths.Length - 1).SelectMany(i => WeightShape.Dense($"network.{i}", shape.Widths[i], shape.Widths[i + 1])),
        ScalarType.Float64, device);

    /// <summary>Principal components in all.</summary>
    public int Modes => shape.Modes;

    private double Unit => deviations.Value[shape.LatentSize];

    /// <summary>Mean squared error of the coefficients that it makes, in its unit.</summary>
    /// <param name="rows">Coefficients [frames, modes].</param>
    public Tensor Loss(Tensor rows)
    {
        var x = rows.narrow(1, 0, shape.LatentSize) / tensor(deviations.Value[..shape.LatentSize], device: rows.device);
        for (var i = 0; i < layers; i++)
        {
            x = functional.linear(x, Weights[$"network.{i}.weight"], Weights[$"network.{i}.bias"]);
            if (i < layers - 1)
                x = x.tanh();
        }
        return functional.mse_loss(x, rows.narrow(1, shape.LatentSize, shape.Modes - shape.LatentSize) / tensor((double[])[Unit], device: rows.device));
    }

    /// <summary>Its arrays, for latents and coefficients as they are.</summary>
    public IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays()
    {
        foreach (var (name, (dimensions, values)) in Weights.Arrays())
        {
            var own = (float[])values.Clone();
            for (var j = 0; j < own.Length; j++)
            {
                if (name == "network.0.weight")
                    own[j] = (float)(own[j] / deviations.Value[j % shape.LatentSize]);
                if (name.StartsWith($"network.{layers - 1}.", StringComparison.Ordinal))
                    own[j] = (float)(own[j] * Unit);
            }
            yield return KeyValuePair.Create(name, (dimensions, own));
        }
    }

    /// <inheritdoc />
    public void Dispose() => Weights.Dispose();

    private static double Deviation(double[] coefficients, int mode, int modes)
    {
        var squares = 0.0;
        for (var at = mode; at < coefficients.Length; at += modes)
            squares += coefficients[at] * coefficients[at];
        return Math.Sqrt(squares * modes / coefficients.Length); // the mean is 0
    }
}
