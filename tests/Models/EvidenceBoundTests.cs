using LedCluster.Domain.Randomness;
using LedCluster.Models.Networks;
using LedCluster.Models.Training.StateSpace;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Each term of the evidence bound beside its value by 200,000 draws: one sequence of two frames and three bins.</summary>
[Collection(nameof(TrainerTests))]
public class EvidenceBoundTests
{
    private const int Draws = 200_000, Bins = 3;
    private const double Deviation = 0.05, Unit = 0.4;

    private static readonly double[] M = [40, 25, 35, 30, 45, 27];
    private static readonly double[] μ = [.. M.Select((m, i) => Math.Log(m / 100) + 0.03 * (i - 2))];
    private static readonly double[] S = [0.15, 0.2, 0.1, 0.12, 0.25, 0.18];

    private static LogNormalPosterior Posterior(int copies = 1) => new(Repeated(μ, copies), Repeated([.. S.Select(s => Math.Log(s))], copies));

    private static Tensor Repeated(double[] values, int copies = 1) => tensor([.. Enumerable.Repeat(values, copies).SelectMany(x => x)], [copies, 2, Bins]);

    private static WeightTensors Network()
    {
        manual_seed(3);
        return new WeightTensors(TransitionTerm.Shapes([Bins, 8, 8, Bins]), ScalarType.Float64, CPU);
    }

    /// <summary>Mean over draws of X ~ q and its standard error.</summary>
    private static (double Mean, double Error) Mean(Func<double[], double> term)
    {
        var (random, x, sum, squares) = (new Philox(4, 0, 0, 0), new double[2 * Bins], 0.0, 0.0);
        for (var draw = 0; draw < Draws; draw++)
        {
            for (var i = 0; i < x.Length; i++)
                x[i] = Math.Exp(μ[i] + S[i] * random.NextNormal());
            var value = term(x);
            (sum, squares) = (sum + value, squares + value * value);
        }
        var mean = sum / Draws;
        return (mean, Math.Sqrt((squares / Draws - mean * mean) / Draws));
    }

    private static double Mass(ReadOnlySpan<double> x) => x[0] + x[1] + x[2];

    private static void Agree(double expected, Func<double[], double> term)
    {
        var (mean, error) = Mean(term);
        Assert.Equal(mean, expected, 4 * error);
    }

    [Fact]
    public void Emissions_are_their_expectations()
    {
        using var scope = NewDisposeScope();
        double Multinomial(double[] x) => x.Zip(M, (x, m) => m * Math.Log(x)).Sum();
        Agree(new MultinomialEmission().LogLikelihood(Repeated(M), Posterior()).Value(), Multinomial);
        Agree(new PoissonEmission().LogLikelihood(Repeated(M), Posterior()).Value(), x => Multinomial(x) - 100 * Mass(x) - 102 * Mass(x.AsSpan(3)));
        var bound = new MultinomialEmission { Normalised = true }.LogLikelihood(Repeated(M), Posterior()).Value();
        var (exact, error) = Mean(x => Multinomial(x) - 100 * Math.Log(Mass(x)) - 102 * Math.Log(Mass(x.AsSpan(3))));
        Assert.InRange(bound, exact - 2, exact + 4 * error); // a bound from below: by Jensen's inequality, N Var ΣX/2 off
    }

    [Fact]
    public void The_virtual_observable_is_its_expectation()
    {
        using var scope = NewDisposeScope();
        const double variance = 0.03;
        double LogDensity(double c) => -0.5 * c * c / variance - 0.5 * Math.Log(2 * Math.PI * variance);
        Agree(new MassConservation().LogLikelihood(Posterior(), variance).Value(), x => LogDensity(1 - Mass(x)) + LogDensity(1 - Mass(x.AsSpan(3))));
        Agree(new Centre().LogLikelihood(Posterior(), variance).Value(), x => LogDensity(x[2] - x[0]) + LogDensity(x[5] - x[3]));
    }

    [Fact]
    public void The_entropy_is_its_expectation()
    {
        using var scope = NewDisposeScope();
        Agree(Posterior().Entropy.Value(), x => x.Select((x, i) =>
            Math.Log(x) + Math.Log(S[i]) + 0.5 * Math.Log(2 * Math.PI) + 0.5 * Math.Pow((Math.Log(x) - μ[i]) / S[i], 2)).Sum());
    }

    /// <summary>The transition's term has draws of its own, as many as sequences; and its mean is the network, computed here by hand.</summary>
    [Fact]
    public void The_transition_is_its_expectation()
    {
        const int copies = 50_000;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var weights = Network();
        var term = new TransitionTerm(3, Unit, weights);
        var random = new Philox(9, 0, 0, 0);
        var ε = tensor([.. Enumerable.Range(0, copies * 2 * Bins).Select(_ => random.NextNormal())], [copies, 2, Bins]);
        var squares = term.ExpectedSquares(Posterior(copies), ε).Value() / copies;
        var value = TransitionTerm.LogLikelihood(tensor(squares), Deviation * Deviation, Bins).Value();

        double[][] layers = [.. Enumerable.Range(0, 3).Select(i => weights[$"layers.{i}.weight"].data<double>().ToArray())];
        double[][] biases = [.. Enumerable.Range(0, 3).Select(i => weights[$"layers.{i}.bias"].data<double>().ToArray())];
        double[] Next(double[] x)
        {
            double[] h = [.. x.Take(Bins).Select(v => v / Unit)];
            for (var l = 0; l < 3; l++)
                h = [.. biases[l].Select((b, o) => b + h.Select((v, k) => v * layers[l][o * h.Length + k]).Sum()).Select(v => l < 2 ? Math.Max(0, v) : v)];
            return [.. h.Select((v, j) => x[j] + Unit * v)];
        }
        var (mean, error) = Mean(x =>
            Next(x).Select((f, j) => -0.5 * Math.Pow((x[3 + j] - f) / Deviation, 2) - 0.5 * Math.Log(2 * Math.PI * Deviation * Deviation)).Sum());
        Assert.Equal(mean, value, 4 * error * Math.Sqrt(1 + (double)Draws / copies));
    }

    /// <summary>Finite differences with the same ε, in a weight, in μ and in ln s.</summary>
    [Fact]
    public void Gradients_flow_through_the_draws()
    {
        using var scope = NewDisposeScope();
        using var weights = Network();
        var term = new TransitionTerm(3, Unit, weights);
        var ε = Repeated([0.3, -1.1, 0.7, 0.1, 0.2, 0.3]);
        var (mean, log) = (Repeated(μ), Repeated([.. S.Select(s => Math.Log(s))]));
        (mean.requires_grad, log.requires_grad) = (true, true);
        term.ExpectedSquares(new(mean, log), ε).backward();
        var (own, byMean, byLog) = (weights.GradientValues, mean.grad!.data<double>().ToArray(), log.grad!.data<double>().ToArray());
        const double h = 1e-6;
        using var off = no_grad();
        double At(double[] μ, double[] logs) => term.ExpectedSquares(new(Repeated(μ), Repeated(logs)), ε).Value();
        double[] logs = [.. S.Select(s => Math.Log(s))];
        double[] Moved(double[] x, int i, double by) => [.. x.Select((v, k) => k == i ? v + by : v)];
        for (var i = 0; i < μ.Length; i++)
        {
            Assert.Equal((At(Moved(μ, i, h), logs) - At(Moved(μ, i, -h), logs)) / (2 * h), byMean[i], 1e-5);
            Assert.Equal((At(μ, Moved(logs, i, h)) - At(μ, Moved(logs, i, -h))) / (2 * h), byLog[i], 1e-5);
        }
        var values = weights.Values;
        foreach (var i in (int[])[0, 7, 30, 100])
        {
            weights.Values = Moved(values, i, h);
            var above = At(μ, logs);
            weights.Values = Moved(values, i, -h);
            Assert.Equal((above - At(μ, logs)) / (2 * h), own[i], 1e-5);
        }
    }

    [Fact]
    public void The_best_variance_of_the_transition_has_derivative_zero()
    {
        using var scope = NewDisposeScope();
        const double squares = 0.37;
        const long n = 75;
        double At(double σ2) => TransitionTerm.LogLikelihood(tensor(squares), σ2, n).Value();
        var best = TransitionTerm.BestVariance(squares, n);
        Assert.Equal(0, (At(best * 1.0001) - At(best * 0.9999)) / 2e-4, 1e-4); // per ln σ², of a term of 37
        Assert.True(At(best) > At(best * 1.01) && At(best) > At(best * 0.99));
    }

    /// <summary>Another constraint is a record with one formula: that the outer bins balance, c(X) = X₂ − X₀.</summary>
    private sealed record Centre : VirtualObservable
    {
        internal override Tensor ExpectedSquare(LogNormalPosterior posterior) =>
            (posterior.Mean.select(2, 2) - posterior.Mean.select(2, 0)).Squared().Plus(posterior.Variance.select(2, 2)).Plus(posterior.Variance.select(2, 0));
    }
}
