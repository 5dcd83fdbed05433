using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// Maximises the evidence lower bound F = E_q ln p(m | X) + E_q ln p(0 | X) + E_q ln p(X | X before) + H(q) by Adam, on all sequences at once. σ² of
/// the transition is at each step where F is largest. The first frame has a flat prior in X.
/// </summary>
/// <param name="name">Name of the stage.</param>
/// <param name="steps">Steps.</param>
/// <param name="model">The model.</param>
/// <param name="constraint">The law that counts in this stage; null for none, when the emission is normalised.</param>
/// <param name="seed">Seed of what is drawn.</param>
internal sealed class VariationalStage(string name, int steps, StateSpaceTraining model, VirtualObservable? constraint, ulong seed)
    : AdamStage(name, steps, model.Weights)
{
    private readonly Emission emission = constraint is null && !model.Options.Emission.BoundsTheMass
        ? new MultinomialEmission { Normalised = true }
        : model.Options.Emission;

    /// <inheritdoc />
    public override (double Loss, bool GoesOn) Run(int index)
    {
        using var scope = NewDisposeScope();
        var (posterior, turn) = (model.Posterior, model.Options.Turned ? Turn(index) : null);
        var draw = Steps == model.Options.TransitionSteps && constraint is null ? index : index + model.Options.TransitionSteps;
        var squares = model.Transition.ExpectedSquares(posterior, model.Normal(draw, part: 0), turn);
        var variance = Math.Max(model.Options.LeastDeviation * model.Options.LeastDeviation, TransitionTerm.BestVariance(squares.Value(), model.Residuals));
        var bound = Bound(posterior, squares, variance, constraint is null ? 0 : Variance(index));
        var loss = bound.div(Numbers.Constant(-(double)model.Counts.numel()));
        loss.backward();
        Advance(index, model.Options.LearningRate);
        return (loss.Value(), true);
    }

    /// <summary>F, given the transition's squares.</summary>
    private Tensor Bound(LogNormalPosterior posterior, Tensor squares, double variance, double constraintVariance)
    {
        var bound = emission.LogLikelihood(model.Counts, posterior).Plus(TransitionTerm.LogLikelihood(squares, variance, model.Residuals))
            .Plus(posterior.Entropy);
        return constraint is null ? bound : bound.Plus(constraint.LogLikelihood(posterior, constraintVariance));
    }

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, double> End()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var (posterior, counts) = (model.Posterior, model.Counts);
        var shares = counts.div(counts.sum(2L, keepdim: true));
        var relative = (posterior.Mean - shares).Squared().sum(2L).sqrt().div(shares.Squared().sum(2L).sqrt());
        return new Dictionary<string, double>
        {
            ["transitionDeviation"] = Math.Sqrt(model.TransitionVariance(StateSpaceTraining.FinalDraws)),
            ["oneStepValidationError"] = model.OneStepError(),
            ["posteriorMassExcess"] = posterior.Mean.sum(2L).mean().Value() - 1,
            ["posteriorDistanceFromCounts"] = relative.mean().Value(),
        };
    }

    private double Variance(int index) =>
        constraint!.Variance * Math.Pow(model.Options.FirstVariance / constraint.Variance, Math.Max(0, 1 - 2.0 * index / Steps));

    private Tensor Turn(int index)
    {
        var random = new Philox(seed, (uint)index, step: 2, stream: 8);
        var (places, row) = (new long[model.Sequences * model.Transitions * model.Bins], model.Transitions * model.Bins);
        for (var s = 0; s < model.Sequences; s++)
        {
            var by = random.NextIndex(model.Bins);
            for (var i = 0; i < row; i++)
                places[s * row + i] = (i + by) % model.Bins;
        }
        return tensor(places, [model.Sequences, model.Transitions, model.Bins], device: model.Weights.Device);
    }
}
