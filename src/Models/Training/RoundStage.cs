using LedCluster.Models.Networks;

namespace LedCluster.Models.Training;

/// <summary>
/// Training in rounds, as the LED paper's code does it: a round ends when validation has not improved for some epochs; the
/// next one starts from the best weights with a fresh optimiser and half the learning rate. A step of the stage is an epoch.
/// </summary>
internal sealed class RoundStage : ITrainingStage, IDisposable
{
    private readonly RoundOptions options;
    private readonly IRoundObjective objective;
    private readonly WeightTensors[] weights;
    private readonly int patience;
    private AdaptiveMoments optimiser;
    private double[][] bestWeights;
    private double best = double.PositiveInfinity;
    private int round, epochInRound, epochsSinceBest;

    public RoundStage(IRoundObjective objective, RoundOptions options, int patience)
    {
        (this.objective, this.options, this.patience) = (objective, options, patience);
        weights = [.. objective.Trained];
        bestWeights = [.. weights.Select(w => w.Values)];
        optimiser = Fresh();
    }

    public string Name => objective.Name;

    public int Steps => options.Epochs;

    private double LearningRate => options.LearningRate * Math.Pow(0.5, round);

    public void Begin()
    {
    }

    public (double Loss, bool GoesOn) Run(int index)
    {
        objective.Epoch(index, () => optimiser.Step(LearningRate));
        var loss = objective.Validate();
        (epochInRound, epochsSinceBest) = (epochInRound + 1, epochsSinceBest + 1);
        if (loss < best)
        {
            (best, epochsSinceBest) = (loss, 0);
            bestWeights = [.. weights.Select(w => w.Values)];
        }
        if (epochInRound > patience && epochsSinceBest >= patience)
        {
            (round, epochInRound, epochsSinceBest) = (round + 1, 0, 0);
            Restore(bestWeights);
            optimiser.Dispose();
            optimiser = Fresh();
        }
        return (loss, round < options.Rounds);
    }

    public IReadOnlyDictionary<string, double> End()
    {
        Restore(bestWeights);
        return new Dictionary<string, double> { [$"{objective.Name} validation loss"] = best, [$"{objective.Name} rounds"] = round };
    }

    public double[] Save() => [round, epochInRound, epochsSinceBest, best, .. bestWeights.SelectMany(w => w), .. optimiser.Save()];

    public void Restore(double[] saved)
    {
        (round, epochInRound, epochsSinceBest, best) = ((int)saved[0], (int)saved[1], (int)saved[2], saved[3]);
        var offset = 4;
        bestWeights = [.. weights.Select(w => saved[offset..(offset += w.Length)])];
        optimiser.Restore(saved[offset..]);
    }

    public void Dispose() => optimiser.Dispose();

    private AdaptiveMoments Fresh() => new(weights, options.Belief, options.Belief ? 1e-16 : 1e-8);

    private void Restore(double[][] values)
    {
        for (var i = 0; i < weights.Length; i++)
            weights[i].Values = values[i];
    }
}

/// <summary>What a training in rounds minimises.</summary>
internal interface IRoundObjective
{
    /// <summary>Name for progress and records.</summary>
    string Name { get; }

    /// <summary>The weights that are trained.</summary>
    IReadOnlyList<WeightTensors> Trained { get; }

    /// <summary>Goes once through the training data; calls back whenever gradients are ready for a step.</summary>
    void Epoch(int index, Action step);

    /// <summary>Loss on the validation data.</summary>
    double Validate();
}
