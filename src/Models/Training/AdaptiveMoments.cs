using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Adam (Kingma and Ba 2015, arXiv:1412.6980) and AdaBelief (Zhuang et al. 2020, arXiv:2010.07468), written with tensor
/// operations so that their moments can be saved and restored.
/// </summary>
/// <param name="trained">What to train.</param>
/// <param name="belief">Whether the second moment is that of the gradient's deviation from its mean (AdaBelief).</param>
/// <param name="epsilon">ε; 1e-8 for Adam, 1e-16 for AdaBelief.</param>
internal sealed class AdaptiveMoments(IEnumerable<WeightTensors> trained, bool belief, double epsilon) : IDisposable
{
    private const double β1 = 0.9, β2 = 0.999;

    private readonly (WeightTensors Weights, Tensor First, Tensor Second)[] moments =
        [.. trained.Select(w => (w, zeros_like(w.Vector).DetachFromDisposeScope(), zeros_like(w.Vector).DetachFromDisposeScope()))];

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>One step with the gradients at hand, which are then forgotten.</summary>
    /// <param name="learningRate">Learning rate.</param>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Steps++;
        using var rate = Numbers.Number(-learningRate / (1 - Math.Pow(β1, Steps)));
        using var bias2 = Numbers.Number(1 - Math.Pow(β2, Steps));
        using var offset = Numbers.Number(epsilon);
        foreach (var (weights, first, second) in moments)
        {
            var gradient = weights.Gradient;
            first.mul_(Numbers.Constant(β1)).add_(gradient, Numbers.Constant(1 - β1));
            var deviation = belief ? gradient - first : gradient;
            second.mul_(Numbers.Constant(β2)).addcmul_(deviation, deviation, Numbers.Constant(1 - β2));
            if (belief)
                second.PlusInPlace(offset);
            var scale = second.div(bias2).sqrt_().PlusInPlace(offset);
            weights.Vector.addcdiv_(first, scale, rate);
            gradient.zero_();
        }
    }

    /// <summary>Both moments of all weights, one after the other, and the number of steps.</summary>
    public double[] Save()
    {
        using var scope = NewDisposeScope();
        return [Steps, .. moments.SelectMany(m => Values(m.First).Concat(Values(m.Second)))];

        static double[] Values(Tensor moment) => moment.to(float64).cpu().data<double>().ToArray();
    }

    /// <summary>Undoes <see cref="Save"/>.</summary>
    public void Restore(double[] saved)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Steps = (int)saved[0];
        var offset = 1;
        foreach (var moment in moments.SelectMany(m => (Tensor[])[m.First, m.Second]))
        {
            var count = (int)moment.numel();
            moment.copy_(tensor(saved[offset..(offset + count)]));
            offset += count;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var (_, first, second) in moments)
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
