using LedCluster.Models.Networks;

namespace LedCluster.Models.Training;

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
