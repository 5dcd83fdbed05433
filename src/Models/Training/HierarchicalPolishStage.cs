using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// One network of hierarchical time-stepping by full-batch L-BFGS on fixed windows. The phase of a forecast on a limit cycle drifts by
/// the mean error of the largest step, which first-order methods leave large; windows of many steps show it.
/// </summary>
/// <param name="networks">All networks.</param>
/// <param name="place">Place of this one among the shape's steps.</param>
/// <param name="step">Frames of its step.</param>
/// <param name="data">What it is trained on.</param>
/// <param name="options">Number of windows, steps of each, and evaluations.</param>
/// <param name="seed">Seed of the windows.</param>
/// <param name="order">Number of the polish.</param>
internal sealed class HierarchicalPolishStage(
    FlowMapNetworks networks, int place, int step, FlowMapWindows data, PolishOptions options, ulong seed, uint order) : ITrainingStage, IDisposable
{
    private const int Memory = 100;

    private FlowMapNetworks? network;
    private Tensor? windows;
    private LimitedMemoryBfgs? minimiser;
    private double first;

    public string Name => $"polish {order + 1}, step {step}";

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => options.Evaluations;

    private LimitedMemoryBfgs Minimiser => minimiser ??= new(Objective, Memory);

    public void Begin()
    {
        Minimiser.Start(networks.Values(place));
        first = Minimiser.Value;
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = Minimiser.Step() && Minimiser.Evaluations < options.Evaluations;
        if (!goesOn || index + 1 == Steps)
            networks.SetValues(place, Minimiser.Point);
        return (Minimiser.Value, goesOn);
    }

    public IReadOnlyDictionary<string, double> End()
    {
        Dispose();
        return new Dictionary<string, double> { [$"polish{order + 1}FirstLoss.{step}"] = first, [$"polish{order + 1}Loss.{step}"] = Minimiser.Value };
    }

    public double[] Save() => [first, .. Minimiser.Save()];

    public void Restore(double[] saved)
    {
        first = saved[0];
        Minimiser.Restore(saved[1..], networks.Values(place).Length);
    }

    public void Dispose()
    {
        network?.Dispose();
        windows?.Dispose();
    }

    private (double, double[]) Objective(double[] at)
    {
        network ??= networks.Alone(place);
        network.Weights.Values = at;
        using var scope = NewDisposeScope();
        windows ??= data.Draw(step, options.Horizon, options.Windows, new Philox(seed, order, step: (uint)place, stream: 3)).unsqueeze(1).DetachFromDisposeScope(); // [1 + unrolled, 1, B, d_z]
        network.Weights.Gradient.zero_();
        var loss = network.Loss(windows);
        loss.backward();
        return (loss.Value(), network.Weights.GradientValues);
    }
}
