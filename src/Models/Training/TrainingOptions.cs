using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Training.StateSpace;

namespace LedCluster.Models.Training;

/// <summary>A recipe of training, as a study names it. Times are in coarse frames.</summary>
public sealed record TrainingOptions
{
    /// <summary>One line that says what the recipe is for.</summary>
    public required string About { get; init; }

    /// <summary>Where trajectories come from.</summary>
    public required TrainingData Data { get; init; }

    /// <summary>Smallest value of each channel, which scales to 0; no trajectory may leave the range by more than it is wide.</summary>
    public ImmutableArray<double> ChannelMinimum { get; init; } = [];

    /// <summary>Largest value of each channel, which scales to 1.</summary>
    public ImmutableArray<double> ChannelMaximum { get; init; } = [];

    /// <summary>Shape of the reduction; null when it is that of another model.</summary>
    public ReductionArchitecture? Reduction { get; init; }

    /// <summary>
    /// Name of the study's model whose trained reduction and scaling are taken over, so that only a propagator is trained; null
    /// when the recipe has its own reduction and channel ranges.
    /// </summary>
    public string? ReductionOf { get; init; }

    /// <summary>Shape of the propagator.</summary>
    public required PropagatorArchitecture Propagator { get; init; }

    /// <summary>
    /// Whether the propagator sees all latents divided by one number, the largest range of theirs, rather than each by its own. Principal components keep
    /// their proportions then: what a polynomial map does with the smallest, which are known least, counts little.
    /// </summary>
    public bool CommonLatentScale { get; init; }

    /// <summary>
    /// Whether the propagator's arrays are written in float16, rounded to 11 bits, for half the size; the reduction's stay float32, so that others
    /// may be trained on its latents. The training's own figures are those before.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfPrecision { get; init; }

    /// <summary>How parts are fitted that are not trained by gradients.</summary>
    public FitOptions Fit { get; init; } = new();

    /// <summary>Autoencoder first, then the propagator on its latents, polished by L-BFGS; null when not used.</summary>
    public SequentialOptions? Sequential { get; init; }

    /// <summary>Rounds with early stopping and a halved learning rate, as the LED paper trains; null when not used.</summary>
    public RoundOptions? Rounds { get; init; }

    /// <summary>Variational inference for a generative state-space model; null when not used.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public VariationalOptions? Variational { get; init; }
}

/// <summary>Trajectories for training and validation, simulated by the micro solver.</summary>
public sealed record TrainingData
{
    /// <summary>Reference initial conditions to train on, by name; empty for the random family.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>Reference initial conditions to validate on, by name.</summary>
    public ImmutableArray<string> ValidationReferences { get; init; } = [];

    /// <summary>Members of the random family to train on.</summary>
    public int Members { get; init; }

    /// <summary>Members of the random family to validate on.</summary>
    public int ValidationMembers { get; init; }

    /// <summary>
    /// Parameters of the system that are not left to its defaults, by name: <c>2</c> for all trajectories, or <c>1..5</c> spread evenly over
    /// them, in training and in validation each; null when all are.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>Last frame of each trajectory.</summary>
    public required int Frames { get; init; }

    /// <summary>Frames left out at the beginning of each trajectory for the autoencoder and the latent range.</summary>
    public int Skip { get; init; }
}

/// <summary>Options of the sequential training.</summary>
public sealed record SequentialOptions
{
    /// <summary>Steps of Adam on the autoencoder; the learning rate follows a cosine to a thousandth.</summary>
    public required int AutoencoderSteps { get; init; }

    /// <summary>Frames per step, drawn at random.</summary>
    public int AutoencoderBatch { get; init; } = 256;

    /// <summary>Frames of each trajectory that the autoencoder sees, from <see cref="TrainingData.Skip"/>.</summary>
    public required int AutoencoderFrames { get; init; }

    /// <summary>Initial learning rate of the autoencoder.</summary>
    public double AutoencoderLearningRate { get; init; } = 1e-3;

    /// <summary>
    /// Steps of Adam on the decoder of a density alone, on the latents of the trained encoder, with its learning rate from the
    /// autoencoder's on.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DecoderSteps { get; init; }

    /// <summary>Frames per step of that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DecoderBatch { get; init; }

    /// <summary>Steps of Adam on the propagator; the learning rate follows a cosine to a hundredth.</summary>
    public required int PropagatorSteps { get; init; }

    /// <summary>Windows per step.</summary>
    public int PropagatorBatch { get; init; } = 64;

    /// <summary>Initial learning rate of the propagator.</summary>
    public double PropagatorLearningRate { get; init; } = 5e-3;

    /// <summary>
    /// Autonomous frames per window in that stage, none for teacher forcing alone; in hierarchical time-stepping, steps of each network in a
    /// row, fewer where the trajectories are too short for them.
    /// </summary>
    public int PropagatorHorizon { get; init; } = 40;

    /// <summary>Teacher-forced frames at the start of each window; 0 for a random number from 10 to 40.</summary>
    public int PropagatorWarm { get; init; }

    /// <summary>Frames at the start of each trajectory that the propagator does not see.</summary>
    public int PropagatorSkip { get; init; }

    /// <summary>
    /// Whether the windows of hierarchical time-stepping lie end to end from the first frame on, as the papers cut them, rather than anywhere.
    /// A network for a long step then sees few states.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AdjacentWindows { get; init; }

    /// <summary>
    /// Frames of the validation forecasts by which the steps of hierarchical time-stepping are chosen; the trajectories are cut into pieces of
    /// that length. 0 for whole trajectories.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CouplingHorizon { get; init; }

    /// <summary>
    /// Whether those steps are chosen by forecasts of the training's own trajectories, as the published test of Kuramoto-Sivashinsky has it,
    /// instead of the validation's. Such a choice rewards memory.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool CouplingOnTraining { get; init; }

    /// <summary>Whether windowed propagators minimise the mean absolute error, as the PACS report does, rather than the squared.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AbsoluteError { get; init; }

    /// <summary>Whether the propagator is trained in float32 rather than float64: half the time, and too coarse to polish.</summary>
    public bool SinglePrecision { get; init; }

    /// <summary>
    /// Full-batch L-BFGS on the propagator, stage by stage; in hierarchical time-stepping on each network, by windows of
    /// <see cref="PolishOptions.Horizon"/> steps, fewer where the trajectories are too short for them, and without a warm-up.
    /// </summary>
    public required ImmutableArray<PolishOptions> Polish { get; init; }

    /// <summary>
    /// Full-batch L-BFGS on autoencoder and propagator together, end to end, after all that: on windows of fields, by the error of decoded
    /// forecasts, of their latents and of the reconstruction; null for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PolishOptions? EndToEnd { get; init; }
}

/// <summary>A stage of L-BFGS on fixed windows.</summary>
public sealed record PolishOptions
{
    /// <summary>Frames of teacher forcing at the start of each window.</summary>
    public int Warm { get; init; } = 40;

    /// <summary>Autonomous frames after them.</summary>
    public required int Horizon { get; init; }

    /// <summary>Cycles of ten autonomous and ten teacher-forced frames, in a second branch from the same warm state.</summary>
    public int Cycles { get; init; }

    /// <summary>Number of windows.</summary>
    public int Windows { get; init; } = 192;

    /// <summary>Times the loss may be computed.</summary>
    public required int Evaluations { get; init; }
}

/// <summary>Options of the paper's training in rounds.</summary>
public sealed record RoundOptions
{
    /// <summary>Train autoencoder and propagator together (the paper's end-to-end LED), or the autoencoder first.</summary>
    public required bool EndToEnd { get; init; }

    /// <summary>AdaBelief, which the reference code uses, or Adam, which the paper names.</summary>
    public bool Belief { get; init; } = true;

    /// <summary>Initial learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Sequences per step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Frames per training sequence.</summary>
    public int SequenceFrames { get; init; } = 121;

    /// <summary>Frames through which gradients flow back (TBPTT); the recurrent state is carried on.</summary>
    public int Window { get; init; } = 20;

    /// <summary>Rounds at most; each starts from the best weights with half the learning rate.</summary>
    public int Rounds { get; init; } = 20;

    /// <summary>Epochs at most, over all rounds.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs without improvement that end a round, for the propagator.</summary>
    public int Patience { get; init; } = 20;

    /// <summary>Epochs without improvement that end a round, for the autoencoder.</summary>
    public int AutoencoderPatience { get; init; } = 10;
}
