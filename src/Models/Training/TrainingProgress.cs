namespace LedCluster.Models.Training;

/// <summary>How far a training has come.</summary>
/// <param name="Stage">What is being trained.</param>
/// <param name="StageIndex">Index of the stage.</param>
/// <param name="Stages">Number of stages.</param>
/// <param name="Step">Steps done in the stage.</param>
/// <param name="Steps">Steps of the stage at most.</param>
/// <param name="Loss">Latest loss.</param>
/// <param name="Seconds">CPU seconds so far.</param>
public readonly record struct TrainingProgress(string Stage, int StageIndex, int Stages, int Step, int Steps, double Loss, double Seconds);
