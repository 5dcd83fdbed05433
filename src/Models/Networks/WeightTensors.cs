using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>A weight that a network will have.</summary>
/// <param name="Name">Its name in model files.</param>
/// <param name="Shape">Its shape in PyTorch's layout.</param>
/// <param name="Draw">Fills it for the start of a training, from torch's generator.</param>
internal sealed record WeightShape(string Name, long[] Shape, Action<Tensor> Draw)
{
    private const double FirstBias = 0.001;

    /// <summary>Weight [out, in], Xavier-uniform times a gain, and bias [out], 0.001, of a dense layer.</summary>
    public static WeightShape[] Dense(string name, long inputs, long outputs, double gain = 1) =>
        [Xavier($"{name}.weight", gain, outputs, inputs), Bias($"{name}.bias", outputs)];

    /// <summary>A weight that starts Xavier-uniform.</summary>
    public static WeightShape Xavier(string name, double gain, params long[] shape) => new(name, shape, weight => nn.init.xavier_uniform_(weight, gain));

    /// <summary>A weight that starts orthogonal.</summary>
    public static WeightShape Orthogonal(string name, params long[] shape) => new(name, shape, weight => nn.init.orthogonal_(weight));

    /// <summary>A bias, which starts at 0.001.</summary>
    public static WeightShape Bias(string name, params long[] shape) => new(name, shape, bias => bias.fill_(Numbers.Constant(FirstBias)));
}

/// <summary>
/// The weights of a network by name, and their gradients. All weights lie in one vector and all gradients in another, so that
/// an optimiser's step is a few operations on whole vectors.
/// </summary>
internal sealed class WeightTensors : IDisposable
{
    private readonly Dictionary<string, Tensor> named = [];
    private readonly WeightShape[] shapes;

    /// <summary>Makes the weights, drawn from torch's generator on the processor whatever the device.</summary>
    /// <param name="shapes">What the network needs, in the order in which it is drawn.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="device">Where they lie.</param>
    public WeightTensors(IEnumerable<WeightShape> shapes, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        this.shapes = [.. shapes];
        (Type, Device) = (type, device);
        Vector = cat([.. this.shapes.Select(shape =>
        {
            var start = empty(shape.Shape, type);
            shape.Draw(start);
            return start.reshape(-1);
        })]).to(device).DetachFromDisposeScope();
        Gradient = zeros_like(Vector).DetachFromDisposeScope();
        var offset = 0L;
        foreach (var shape in this.shapes)
        {
            var count = shape.Shape.Aggregate(1L, (product, size) => product * size);
            var weight = Vector.narrow(0, offset, count).view(shape.Shape).detach();
            weight.requires_grad = true;
            weight.grad = Gradient.narrow(0, offset, count).view(shape.Shape);
            named.Add(shape.Name, weight.DetachFromDisposeScope());
            offset += count;
        }
    }

    /// <summary>Type of the weights.</summary>
    public ScalarType Type { get; }

    /// <summary>Where they lie.</summary>
    public Device Device { get; }

    /// <summary>All weights, [n].</summary>
    public Tensor Vector { get; }

    /// <summary>Their gradients, [n]; a backward pass adds to them.</summary>
    public Tensor Gradient { get; }

    /// <summary>Number n of weights.</summary>
    public int Length => (int)Vector.numel();

    /// <summary>The weight of a name.</summary>
    public Tensor this[string name] => named[name];

    /// <summary>All weights in float64.</summary>
    public double[] Values
    {
        get => Read(Vector);
        set
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            Vector.copy_(tensor(value));
        }
    }

    /// <summary>Their gradients in float64.</summary>
    public double[] GradientValues => Read(Gradient);

    /// <summary>Arrays by name in float32, as a model file keeps them.</summary>
    public IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays()
    {
        foreach (var shape in shapes)
        {
            using var scope = NewDisposeScope();
            yield return KeyValuePair.Create(shape.Name, (shape.Shape, named[shape.Name].detach().to(float32).cpu().contiguous().data<float>().ToArray()));
        }
    }

    /// <summary>Takes over the arrays of a model file.</summary>
    /// <exception cref="InvalidDataException">An array is missing or has another shape.</exception>
    public void Load(WeightArrays arrays)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var (name, weight) in named)
            weight.copy_(tensor(arrays.Get(name, weight.shape), weight.shape));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var weight in named.Values)
            weight.Dispose();
        Vector.Dispose();
        Gradient.Dispose();
    }

    private static double[] Read(Tensor vector)
    {
        using var scope = NewDisposeScope();
        return vector.detach().to(float64).cpu().data<double>().ToArray();
    }
}
