using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>A module's parameters as one vector of float64, in the order of their names.</summary>
internal sealed class ParameterVector(nn.Module module)
{
    private readonly (string Name, Parameter Value)[] parameters =
        [.. module.named_parameters().Select(p => (p.name, p.parameter)).OrderBy(p => p.name, StringComparer.Ordinal)];

    /// <summary>Number of weights.</summary>
    public int Length => (int)parameters.Sum(p => p.Value.numel());

    /// <summary>The weights.</summary>
    public double[] Values
    {
        get => Gather(parameter => parameter);
        set
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var offset = 0;
            foreach (var (_, parameter) in parameters)
            {
                var count = (int)parameter.numel();
                parameter.copy_(tensor(value[offset..(offset + count)], parameter.shape));
                offset += count;
            }
        }
    }

    /// <summary>The gradient that the last backward pass left; zero where it left none.</summary>
    public double[] Gradient => Gather(parameter => parameter.grad);

    /// <summary>Arrays by name in float32, as a model file keeps them.</summary>
    /// <param name="rename">Turns a parameter's name into the file's.</param>
    public IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays(Func<string, string> rename)
    {
        foreach (var (name, parameter) in parameters)
        {
            using var scope = NewDisposeScope();
            yield return KeyValuePair.Create(rename(name), (parameter.shape, parameter.detach().to(float32).cpu().data<float>().ToArray()));
        }
    }

    private double[] Gather(Func<Parameter, Tensor?> part)
    {
        using var scope = NewDisposeScope();
        var values = new double[Length];
        var offset = 0;
        foreach (var (_, parameter) in parameters)
        {
            part(parameter)?.detach().to(float64).cpu().contiguous().data<double>().CopyTo(values.AsSpan(offset, (int)parameter.numel()));
            offset += (int)parameter.numel();
        }
        return values;
    }
}
