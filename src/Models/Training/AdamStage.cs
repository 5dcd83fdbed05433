using LedCluster.Models.Networks;

namespace LedCluster.Models.Training;

/// <summary>A stage that Adam trains, with a learning rate that rises at first and then follows a cosine.</summary>
/// <param name="name">What is being trained.</param>
/// <param name="steps">Steps.</param>
/// <param name="weights">What is trained.</param>
/// <param name="epsilon">ε of Adam.</param>
internal abstract class AdamStage(string name, int steps, WeightTensors weights, double epsilon = 1e-8) : ITrainingStage, IDisposable
{
    /// <summary>Steps over which the learning rate of a propagator rises.</summary>
    protected const int PropagatorRampSteps = 20;

    /// <summary>The learning rate of a propagator at the end, as a part of the initial one.</summary>
    protected const double PropagatorLastFraction = 1e-2;

    private readonly AdaptiveMoments optimiser = new([weights], belief: false, epsilon);

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public int Steps => steps;

    /// <inheritdoc />
    public void Begin()
    {
    }

    /// <inheritdoc />
    public abstract (double Loss, bool GoesOn) Run(int index);

    /// <inheritdoc />
    public abstract IReadOnlyDictionary<string, double> End();

    /// <inheritdoc />
    public double[] Save() => optimiser.Save();

    /// <inheritdoc />
    public void Restore(double[] saved) => optimiser.Restore(saved);

    /// <inheritdoc />
    public void Dispose() => optimiser.Dispose();

    /// <summary>A step with the gradients at hand.</summary>
    /// <param name="index">Index of the step.</param>
    /// <param name="learningRate">Initial learning rate.</param>
    /// <param name="ramp">Steps over which it rises; a tenth of the steps at most.</param>
    /// <param name="last">The part of it that is left at the end.</param>
    protected void Advance(int index, double learningRate, int ramp = PropagatorRampSteps, double last = PropagatorLastFraction) =>
        optimiser.Step(learningRate * (
            Math.Min(1, (index + 1.0) / Math.Min(ramp, 1 + steps / 10)) * (last + (1 - last) * 0.5 * (1 + Math.Cos(Math.PI * index / steps)))));
}
