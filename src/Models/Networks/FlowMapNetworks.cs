using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The networks of hierarchical time-stepping on scaled latents: for each step of s frames x(t + sΔt) = x(t) + N(x(t)), with ReLU between
/// the layers of N and nothing after the last (Liu, Kutz &amp; Brunton 2022, doi:10.1098/rsta.2021.0200, equation 2.3). No two share a
/// weight; layers of equal place lie in one array, so that all networks advance by one batched product a layer.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="latentSize">Latent dimension d_z.</param>
/// <param name="type">Type of the weights.</param>
/// <param name="device">Where they lie.</param>
internal sealed class FlowMapNetworks(HierarchicalArchitecture shape, int latentSize, ScalarType type, Device device) : IDisposable
{
    private readonly WeightTensors weights = new(Shapes(shape, latentSize), type, device);

    /// <summary>The weights.</summary>
    public WeightTensors Weights => weights;

    /// <summary>A hierarchy of one of the networks alone, with weights of its own.</summary>
    /// <param name="place">Its place among the shape's steps.</param>
    public FlowMapNetworks Alone(int place)
    {
        var alone = new FlowMapNetworks(shape with { Steps = [shape.Steps[place]] }, latentSize, type, device);
        alone.Weights.Values = Values(place);
        return alone;
    }

    /// <summary>The weights that they need, [S, out, in] and [S, 1, out]; the last layers, which are increments, start near 0.</summary>
    private static IEnumerable<WeightShape> Shapes(HierarchicalArchitecture shape, int latentSize)
    {
        var (widths, networks) = (shape.Widths(latentSize), shape.Steps.Length);
        for (var i = 0; i + 1 < widths.Length; i++)
        {
            var (inputs, outputs, gain) = (widths[i], widths[i + 1], i + 2 == widths.Length ? 0.1 : 1);
            yield return new WeightShape($"{i}.weight", [networks, outputs, inputs], weight =>
            {
                for (var k = 0; k < networks; k++)
                    init.xavier_uniform_(weight[k], gain);
            });
            yield return WeightShape.Bias($"{i}.bias", networks, 1, outputs);
        }
    }

    /// <summary>Advances latents by networks, each its own rows, [S, B, d_z] → [S, B, d_z].</summary>
    /// <param name="latents">Latents [S, B, d_z].</param>
    /// <param name="chosen">Indices [S] of the networks among the shape's steps; null for all.</param>
    public Tensor Advance(Tensor latents, Tensor? chosen = null)
    {
        var x = latents;
        for (var i = 0; i <= shape.HiddenLayers.Length; i++)
        {
            x = bmm(x, Layer($"{i}.weight").transpose(1, 2)).Plus(Layer($"{i}.bias")); // [S, B, out]
            if (i < shape.HiddenLayers.Length)
                x = x.relu();
        }
        return latents.Plus(x);

        Tensor Layer(string name) => chosen is null ? Weights[name] : Weights[name].index_select(0, chosen);
    }

    /// <summary>Mean squared error of steps in a row from the first frame on; a tensor of one number.</summary>
    /// <param name="truth">Frames a step apart, [1 + unrolled, S, B, d_z].</param>
    /// <param name="chosen">Indices [S] of the networks; null for all.</param>
    public Tensor Loss(Tensor truth, Tensor? chosen = null)
    {
        var path = new Tensor[truth.shape[0] - 1];
        for (var u = 0; u < path.Length; u++)
            path[u] = Advance(u == 0 ? truth.select(0, 0) : path[u - 1], chosen);
        return functional.mse_loss(stack(path), truth.narrow(0, 1, path.Length));
    }

    /// <summary>Arrays by name as a model file keeps them, network by network.</summary>
    public IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays()
    {
        foreach (var (name, (all, values)) in Weights.Arrays())
        {
            var size = values.Length / shape.Steps.Length;
            for (var k = 0; k < shape.Steps.Length; k++)
            {
                var own = name.EndsWith("bias", StringComparison.Ordinal) ? all[2..] : all[1..];
                yield return KeyValuePair.Create($"steps.{shape.Steps[k]}.{name}", (own, values[(k * size)..((k + 1) * size)]));
            }
        }
    }

    /// <summary>Weights of one network, in the order in which a hierarchy of it alone has them.</summary>
    /// <param name="place">Its place among the shape's steps.</param>
    public double[] Values(int place)
    {
        var all = Weights.Values;
        return [.. Slices(place).SelectMany(slice => all[slice])];
    }

    /// <summary>Sets the weights of one network.</summary>
    /// <param name="place">Its place among the shape's steps.</param>
    /// <param name="values">As <see cref="Values"/> gives them.</param>
    public void SetValues(int place, double[] values)
    {
        var (all, read) = (Weights.Values, 0);
        foreach (var slice in Slices(place))
        {
            var length = slice.End.Value - slice.Start.Value;
            values.AsSpan(read, length).CopyTo(all.AsSpan(slice));
            read += length;
        }
        Weights.Values = all;
    }

    private IEnumerable<Range> Slices(int place)
    {
        var (networks, offset) = (shape.Steps.Length, 0);
        foreach (var weight in Shapes(shape, latentSize))
        {
            var size = (int)weight.Shape.Aggregate(1L, (product, n) => product * n) / networks;
            yield return (offset + place * size)..(offset + (place + 1) * size);
            offset += networks * size;
        }
    }

    /// <inheritdoc />
    public void Dispose() => weights.Dispose();
}
