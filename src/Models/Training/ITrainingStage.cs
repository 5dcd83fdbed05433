namespace LedCluster.Models.Training;

/// <summary>A part of a training that can be stopped after any of its steps, saved, and taken up again with the same result.</summary>
internal interface ITrainingStage
{
    /// <summary>What is being trained, for progress and records.</summary>
    string Name { get; }

    /// <summary>Largest number of steps.</summary>
    int Steps { get; }

    /// <summary>Called once before the first step of a stage that begins afresh, when the stages before it are done.</summary>
    void Begin();

    /// <summary>Runs a step.</summary>
    /// <param name="index">Index of the step, from 0.</param>
    /// <returns>The loss, and whether the stage may go on.</returns>
    (double Loss, bool GoesOn) Run(int index);

    /// <summary>Called once after the last step: keeps the best weights, reports figures for the record.</summary>
    IReadOnlyDictionary<string, double> End();

    /// <summary>Everything that later steps depend on, beside the networks' weights.</summary>
    double[] Save();

    /// <summary>Undoes <see cref="Save"/>.</summary>
    void Restore(double[] saved);
}
