using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// One network of hierarchical time-stepping by L-BFGS on windows of latents. The phase of a forecast on a limit cycle drifts by
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
    FlowMapNetworks networks, int place, int step, FlowMapWindows data, PolishOptions options, ulong seed, uint order) : MinimiserStage(options.Evaluations, memory: 100)
{
    private readonly PolishOptions options = options;
    private FlowMapNetworks? network;

    public override string Name => $"polish {order + 1}, step {step}";

    protected override IReadOnlyList<WeightTensors> Weights => [Network.Weights];

    private FlowMapNetworks Network => network ??= networks.Alone(place);

    public override (double Loss, bool GoesOn) Run(int index)
    {
        var outcome = base.Run(index);
        if (!outcome.GoesOn || index + 1 == Steps)
            networks.SetValues(place, Network.Weights.Values);
        return outcome;
    }

    public override IReadOnlyDictionary<string, double> End()
    {
        Dispose();
        return new Dictionary<string, double> { [$"polish{order + 1}FirstLoss.{step}"] = First, [$"polish{order + 1}Loss.{step}"] = Least };
    }

    public override void Dispose()
    {
        network?.Dispose();
        base.Dispose();
    }

    protected override Tensor Loss(Tensor windows) => Network.Loss(windows);

    /// <summary>[1 + unrolled, 1, B, d_z].</summary>
    protected override Tensor Windows() => data.Draw(step, options.Horizon, options.Windows, new Philox(seed, order, step: (uint)place, stream: 3)).unsqueeze(1);
}
