using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Networks for rates of change by full-batch L-BFGS in float64; the loss is the sum of the fields' mean squared errors, of scaled rates.</summary>
/// <param name="networks">The networks.</param>
/// <param name="samples">Scaled inputs [n, F] and rates [n] of each field.</param>
/// <param name="evaluations">Times the loss may be computed.</param>
/// <param name="figures">Further figures that are recorded at the end.</param>
internal sealed class RateStage(
    RateNetworks networks, Func<(double[] Inputs, double[] Rates)[]> samples, int evaluations,
    Func<IReadOnlyDictionary<string, double>> figures) : ITrainingStage, IDisposable
{
    private const int Memory = 100;

    private LimitedMemoryBfgs? minimiser;
    private (Tensor Inputs, Tensor Rates)[] data = [];

    public string Name => "propagator";

    /// <summary>An upper bound: every step computes the loss at least once.</summary>
    public int Steps => evaluations;

    private LimitedMemoryBfgs Minimiser => minimiser ??= new LimitedMemoryBfgs(Objective, Memory);

    public void Begin() => Minimiser.Start(networks.Weights.Values);

    public (double Loss, bool GoesOn) Run(int index)
    {
        var goesOn = Minimiser.Step();
        networks.Weights.Values = Minimiser.Point;
        return (Minimiser.Value, goesOn && Minimiser.Evaluations < evaluations);
    }

    public IReadOnlyDictionary<string, double> End() => new Dictionary<string, double>([KeyValuePair.Create("rateLoss", Minimiser.Value), .. figures()]);

    public double[] Save() => Minimiser.Save();

    public void Restore(double[] saved) => Minimiser.Restore(saved, networks.Weights.Length);

    public void Dispose()
    {
        foreach (var (inputs, rates) in data)
        {
            inputs.Dispose();
            rates.Dispose();
        }
    }

    private (double, double[]) Objective(double[] at)
    {
        networks.Weights.Values = at;
        if (data.Length == 0)
            data = [.. samples().Select(field => (
                tensor(field.Inputs, field.Rates.Length, field.Inputs.Length / field.Rates.Length).to(networks.Weights.Device),
                tensor(field.Rates, field.Rates.Length, 1).to(networks.Weights.Device)))];
        using var scope = NewDisposeScope();
        networks.Weights.Gradient.zero_();
        var loss = stack([.. data.Select((field, c) => nn.functional.mse_loss(networks.Rates(c, field.Inputs), field.Rates))]).sum();
        loss.backward();
        return (loss.Value(), networks.Weights.GradientValues);
    }
}
