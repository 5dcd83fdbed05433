using System.Text.Json.Serialization;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>Options of variational inference for a generative state-space model.</summary>
public sealed record VariationalOptions
{
    /// <summary>How data arise from the state.</summary>
    public Emission Emission { get; init; } = new MultinomialEmission();

    /// <summary>A law that every frame obeys; null for none.</summary>
    public VirtualObservable? Constraint { get; init; }

    /// <summary>Steps of Adam on transition and posterior before the constraint counts.</summary>
    public int TransitionSteps { get; init; } = 4000;

    /// <summary>Steps after that: in the first half σ_c² falls to its value, in the second it stays.</summary>
    public int ConstraintSteps { get; init; } = 4000;

    /// <summary>σ_c² when the constraint begins to count.</summary>
    public double FirstVariance { get; init; } = 4e-8;

    /// <summary>Initial learning rate of network and posterior; it follows a cosine to a hundredth in each stage.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>The transition's σ does not fall below this, in shares: the noise that counts at one frame leave for the next.</summary>
    public double LeastDeviation { get; init; } = 3e-4;

    /// <summary>
    /// Whether each sequence is cyclically shifted by a random number of bins in each step (data augmentation), which a periodic,
    /// translation-equivariant system allows.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Turned { get; init; }

    /// <summary>Why they cannot be used, as a sentence; null when they can.</summary>
    [JsonIgnore]
    public string? Fault =>
        TransitionSteps < 0 || ConstraintSteps < 0 || TransitionSteps + ConstraintSteps == 0
            ? "variational.transitionSteps and constraintSteps must not be negative, nor both be 0."
        : !(LearningRate > 0 && LeastDeviation > 0) ? "variational.learningRate and leastDeviation must be above 0."
        : Emission is null ? "variational.emission must have a kind."
        : Constraint is { } constraint && !(constraint.Variance > 0 && FirstVariance >= constraint.Variance)
            ? $"variational.constraint.variance is {constraint.Variance}; it must be above 0, and variational.firstVariance ({FirstVariance}) not below it."
        : Constraint is null && !Emission.BoundsTheMass
            ? "without a constraint nothing bounds the mass of its emission, which grows with ΣX: set variational.emission.normalised, "
                + "or give variational.constraint."
        : null;
}
