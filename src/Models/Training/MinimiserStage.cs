using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// Full-batch L-BFGS on fixed samples: first-order methods stall two orders of magnitude above the loss that it reaches, and the period of a
/// limit cycle is only as good as that loss.
/// </summary>
/// <param name="evaluations">Times the loss may be computed.</param>
/// <param name="memory">Pairs of steps and gradient changes that are kept.</param>
internal abstract class MinimiserStage(int evaluations, int memory) : ITrainingStage, IDisposable
{
    private LimitedMemoryBfgs? minimiser;
    private Tensor? windows;

    public abstract string Name { get; }

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => evaluations;

    /// <summary>The weights that are sought, one group after the other.</summary>
    protected abstract IReadOnlyList<WeightTensors> Weights { get; }

    /// <summary>The loss before the first step.</summary>
    protected double First { get; private set; }

    /// <summary>The loss that has been reached.</summary>
    protected double Least => Minimiser.Value;

    /// <summary>Evaluations of the loss so far.</summary>
    protected int Evaluations => Minimiser.Evaluations;

    private LimitedMemoryBfgs Minimiser => minimiser ??= new(Objective, memory);

    private double[] Values => [.. Weights.SelectMany(group => group.Values)];

    public virtual void Begin()
    {
        Minimiser.Start(Values);
        First = Minimiser.Value;
    }

    public virtual (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = Minimiser.Step();
        Set(Minimiser.Point);
        return (Minimiser.Value, goesOn && Minimiser.Evaluations < evaluations);
    }

    public abstract IReadOnlyDictionary<string, double> End();

    public virtual double[] Save() => [First, .. Minimiser.Save()];

    public virtual void Restore(double[] saved)
    {
        First = saved[0];
        Minimiser.Restore(saved[1..], Weights.Sum(group => group.Length));
    }

    public virtual void Dispose() => windows?.Dispose();

    /// <summary>The windows, which live until the stage is disposed of.</summary>
    protected abstract Tensor Windows();

    /// <summary>The loss on them.</summary>
    protected abstract Tensor Loss(Tensor windows);

    private (double, double[]) Objective(double[] at)
    {
        Set(at);
        using var scope = NewDisposeScope();
        windows ??= Windows().DetachFromDisposeScope();
        foreach (var group in Weights)
            group.Gradient.zero_();
        var loss = Loss(windows);
        loss.backward();
        return (loss.Value(), [.. Weights.SelectMany(group => group.GradientValues)]);
    }

    private void Set(double[] values)
    {
        var from = 0;
        foreach (var group in Weights)
            group.Values = values[from..(from += group.Length)];
    }
}
