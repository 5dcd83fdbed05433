using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// A generative state-space model of counts in bins and its approximate posterior, trained together (Kaltenbach and Koutsourelakis 2021): first
/// the posterior of the likelihood alone, which is known in closed form; then with the transition; then with the virtual observable.
/// </summary>
internal sealed class StateSpaceTraining : PropagatorTraining
{
    private const string Means = "posterior.mean", Deviations = "posterior.deviation";

    /// <summary>A step of Adam moves μ by so much of what it moves a weight: counts tell μ to about 1 %.</summary>
    private const double MeanScale = 0.1;

    private readonly TransitionArchitecture shape;
    private readonly PropagatorData data;
    private readonly double[]? trials;
    private readonly ulong seed;
    private readonly int bins;
    private readonly Lazy<(Tensor Counts, Tensor FirstMean, Tensor FirstLog)> start;

    /// <summary>Prepares a training.</summary>
    /// <param name="shape">The transition.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Latents: shares in units of the channel's range.</param>
    /// <param name="sequences">Number of sequences to train on, and frames of each.</param>
    /// <param name="trials">Trials N of each sequence; null when they are not known.</param>
    /// <param name="bins">Number of bins.</param>
    /// <param name="seed">Seed of all that is drawn.</param>
    /// <param name="device">Where it computes.</param>
    public StateSpaceTraining(
        TransitionArchitecture shape, TrainingOptions recipe, PropagatorData data, (int Count, int Frames) sequences, double[]? trials, int bins,
        ulong seed, ComputeDevice device)
    {
        (this.shape, this.data, this.trials, this.seed, this.bins) = (shape, data, trials, seed, bins);
        (Options, Unit) = (recipe.Variational!, recipe.ChannelMaximum[0]);
        (Sequences, Transitions) = (sequences.Count, sequences.Frames - 1);
        long[] size = [Sequences, sequences.Frames, bins];
        Weights = new WeightTensors(
            [.. TransitionTerm.Shapes(shape.Widths(bins)), new(Means, size, w => w.zero_()), new(Deviations, size, w => w.zero_())],
            ScalarType.Float64, device.Torch);
        Transition = new(shape.HiddenLayers.Length + 1, Unit, Weights);
        start = new(Begin);
    }

    /// <inheritdoc />
    public override WeightTensors Weights { get; }

    /// <summary>Options of the inference.</summary>
    public VariationalOptions Options { get; }

    /// <summary>What the latents count as 1, in shares.</summary>
    public double Unit { get; }

    /// <summary>Number of sequences S.</summary>
    public int Sequences { get; }

    /// <summary>Transitions T of each.</summary>
    public int Transitions { get; }

    /// <summary>Number of bins B.</summary>
    public int Bins => bins;

    /// <summary>The transition's term of the bound.</summary>
    public TransitionTerm Transition { get; }

    /// <summary>Transitions × bins of all sequences.</summary>
    public long Residuals => (long)Sequences * Transitions * bins;

    /// <summary>Counts m [S, T + 1, B].</summary>
    public Tensor Counts => start.Value.Counts;

    /// <summary>The approximate posterior q(X) [S, T + 1, B].</summary>
    public LogNormalPosterior Posterior => new(start.Value.FirstMean.Plus(Weights[Means].Times(MeanScale)), start.Value.FirstLog.Plus(Weights[Deviations]));

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() =>
    [
        new VariationalStage("transition", Options.TransitionSteps, this, null, seed),
        new VariationalStage("constraint", Options.ConstraintSteps, this, Options.Constraint, seed),
    ];

    /// <summary>Root mean square of one-step errors of the mean transition on the validation sequences, in shares.</summary>
    public double OneStepError()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var set = data.Validation;
        // [frames, B, bins]
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], set.Trajectories[0].Length / bins, Weights.Device).to(float64)
            .Times(Unit);
        var steps = truth.shape[0] - 1;
        return (Transition.Mean(truth.narrow(0, 0, steps)) - truth.narrow(0, 1, steps)).Squared().mean().sqrt().Value();
    }

    /// <summary>Standard normal numbers [S, T + 1, B], the same for a step whenever it is run.</summary>
    public Tensor Normal(int index, uint part)
    {
        var random = new Domain.Randomness.Philox(seed, (uint)index, step: part, stream: 8);
        return tensor(
            [.. Enumerable.Range(0, Sequences * (Transitions + 1) * bins).Select(_ => random.NextNormal())], [Sequences, Transitions + 1, bins],
            device: Weights.Device);
    }

    /// <summary>σ² of the transition given q, from several draws, and not below its least value.</summary>
    public double TransitionVariance(int draws)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var posterior = Posterior;
        return Math.Max(Options.LeastDeviation * Options.LeastDeviation, TransitionTerm.BestVariance(
            Enumerable.Range(0, draws).Average(i => Transition.ExpectedSquares(posterior, Normal(i, part: 1)).Value()), Residuals));
    }

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var (posterior, deviation) = (Posterior, Math.Sqrt(TransitionVariance(FinalDraws)));
        foreach (var (name, array) in Weights.Arrays().ToArray())
            yield return KeyValuePair.Create(name, name switch
            {
                Means => (array.Shape, Values(posterior.LogMean)),
                Deviations => (array.Shape, Values(start.Value.FirstLog.Plus(Weights[Deviations]).exp())),
                _ => array,
            });
        // In units of z = X/unit: an emission that bounds the mass has N X = N unit z, the constraint X²/σ_c².
        float[] precision =
        [
            Options.Emission.BoundsTheMass ? (float)(trials!.Average() * Unit) : 0,
            Options.Constraint is { } law ? (float)(Unit * Unit / law.Variance) : 0,
        ];
        yield return KeyValuePair.Create("deviation", (new long[] { 1 }, new[] { (float)(deviation / Unit) }));
        yield return KeyValuePair.Create("precision", (new long[] { 2 }, precision));

        static float[] Values(Tensor x) => x.to(float32).cpu().contiguous().data<float>().ToArray();
    }

    /// <summary>Draws by which σ is found at the end.</summary>
    public const int FinalDraws = 16;

    /// <inheritdoc />
    public override void Dispose()
    {
        Weights.Dispose();
        if (!start.IsValueCreated)
            return;
        foreach (var tensor in (Tensor[])[start.Value.Counts, start.Value.FirstMean, start.Value.FirstLog])
            tensor.Dispose();
    }

    /// <summary>Counts, and the posterior of the likelihood alone: ln X about ln m/N, with s = 1/√m and E X = m/N.</summary>
    /// <exception cref="InvalidDataException">The data are not counts of the given trials.</exception>
    private (Tensor Counts, Tensor FirstMean, Tensor FirstLog) Begin()
    {
        if (trials is null)
            throw new InvalidDataException(
                "The number of trials is not known for the trajectories of --data. Give --parameters FILE with a column for the parameter that "
                + "the recipe's reduction names as trials, and a row for each trajectory.");
        var (counts, size, at) = (new double[Sequences * (Transitions + 1) * bins], (Transitions + 1) * bins, 0);
        foreach (var (s, path) in data.Training.Trajectories.Index())
            foreach (var z in path)
            {
                var count = z * Unit * trials[s];
                if (!(count >= 0 && Math.Abs(count - Math.Round(count)) <= 1e-2 + 1e-6 * count))
                {
                    var place = $"in bin {at % bins}, frame {at % size / bins} of trajectory {s}";
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"The share {z * Unit:G6} {place} is no count of {trials[s]} trials: it would be {count:G9} of them. ")
                        + "Give shares that are whole numbers divided by the number of trials.");
                }
                counts[at++] = Math.Round(count);
            }
        using var scope = NewDisposeScope();
        long[] shape = [Sequences, Transitions + 1, bins];
        double[] atLeastHalf = [.. counts.Select(m => Math.Max(0.5, m))];
        Tensor Of(IEnumerable<double> values) => tensor([.. values], shape, device: Weights.Device).DetachFromDisposeScope();
        return (
            Of(counts), Of(atLeastHalf.Select((m, i) => Math.Log(m / trials[i / size]) - 0.5 / m)), Of(atLeastHalf.Select(m => -0.5 * Math.Log(m))));
    }
}
