using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Propagators.StateSpace;
using LedCluster.Models.Training;
using LedCluster.Models.Training.StateSpace;
using LedCluster.Solvers.RandomWalk;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>A state-space model of random walkers: training, and sampling ahead in managed code.</summary>
[Collection(nameof(TrainerTests))]
public sealed class StateSpaceTests : IDisposable
{
    private static readonly WalkersSystem System = new();

    private static readonly TrainingOptions Recipe = new()
    {
        About = "test",
        Data = new TrainingData { Members = 2, ValidationMembers = 1, Frames = 3 },
        ChannelMinimum = [0],
        ChannelMaximum = [0.04],
        Reduction = new MultinomialArchitecture { LatentSize = 25, Trials = "N" },
        Propagator = new TransitionArchitecture { HiddenLayers = [25, 25] },
        Variational = new VariationalOptions
        {
            Constraint = new MassConservation(),
            TransitionSteps = 50,
            ConstraintSteps = 350,
            LearningRate = 2e-2,
            Turned = true,
        },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-state-space-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>The unnormalised multinomial pulls the mass up by Nσ_c² = 2.5e-4; a tight constraint makes s_j about σ_c/X_j.</summary>
    [Fact]
    public void Training_keeps_the_mass_and_goes_on_with_the_same_bits()
    {
        Assert.Empty(RecipeCheck.Faults(Recipe));
        var manifest = Train(Recipe, "whole")!;
        var figures = manifest.Training["figures"]!;
        Assert.Equal(2.5e-4, (double)figures["posteriorMassExcess"]!, 2e-4);
        Assert.InRange((double)figures["posteriorDistanceFromCounts"]!, 0, 0.012);
        var posterior = SequencePosterior.Read(Path.Combine(directory, "whole"));
        Assert.Equal((2, 4, 25), (posterior.Sequences, posterior.Frames, posterior.Bins));
        Assert.InRange(posterior.Deviations.Zip(posterior.LogMeans, (s, μ) => s * Math.Exp(μ)).Average() / Math.Sqrt(1e-9), 0.5, 2);
        Assert.All(posterior.Mean(1).Chunk(25), frame => Assert.Equal(1, frame.Sum(), 1e-3));

        Assert.Null(Train(Recipe, "parts", stopAfter: 90));
        Assert.Equal(manifest.WeightsSha256, Train(Recipe, "parts")!.WeightsSha256);
    }

    [Fact]
    public void Recipes_that_cannot_be_are_refused()
    {
        string Fault(TrainingOptions options) => string.Join(" ", RecipeCheck.Faults(options));
        Assert.Contains("nothing bounds the mass", Fault(Recipe with { Variational = Recipe.Variational! with { Constraint = null } }));
        Assert.Empty(Fault(Recipe with { Variational = Recipe.Variational! with { Constraint = null, Emission = new PoissonEmission() } }));
        Assert.Contains("firstVariance", Fault(Recipe with { Variational = Recipe.Variational! with { FirstVariance = 1e-10 } }));
        Assert.Contains("give both, or neither", Fault(Recipe with { Variational = null }));
        Assert.Contains("reduction of kind multinomial", Fault(Recipe with { Reduction = new FullStateArchitecture { LatentSize = 25 } }));
        Assert.Contains("widths from 1", Fault(Recipe with { Propagator = new TransitionArchitecture { HiddenLayers = [0] } }));
        Assert.Equal(
            "its multinomial reduction keeps the shares of 25 bins, but a field has 101 points per channel. Its latentSize must be 101",
            Recipe.Reduction!.Misfit(101, periodic: false));
        Assert.Null(Recipe.Reduction.Misfit(25, periodic: true));
        Assert.Contains("does not have", Assert.Throws<ArgumentException>(() => new MultinomialReduction(0.04, 25, "M").For(System.Parameters)).Message);
    }

    [Fact]
    public void Libtorch_and_managed_code_advance_alike()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var weights = new WeightTensors(TransitionTerm.Shapes([25, 25, 25, 25]), ScalarType.Float64, CPU);
        float[] start = [.. Enumerable.Range(0, 75).Select(i => 1 + 0.5f * MathF.Sin(i))], next = new float[75];
        Propagator(weights, deviation: 0).Run(start, Context([4, 2, 7], 9), [.. start], next);
        var expected = new TransitionTerm(3, 0.04, weights).Mean(tensor(start, [3, 25]).to(float64).Times(0.04)).Times(25).data<double>().ToArray();
        Assert.Equal(0, expected.Zip(next, (a, b) => Math.Abs(a - b)).Max(), 2e-6);
    }

    /// <summary>In company, alone, in another order and in pieces; a frame that was predicted is not drawn again, a known one is.</summary>
    [Fact]
    public void A_members_draws_are_its_own()
    {
        manual_seed(2);
        using var weights = new WeightTensors(TransitionTerm.Shapes([25, 25, 25, 25]), ScalarType.Float64, CPU);
        var propagator = Propagator(weights, deviation: 0.01f);
        var reduction = new MultinomialReduction(0.04, 25, "N").For(System.Parameters);
        float[] start = [.. Enumerable.Range(0, 25).Select(i => 1 + 0.3f * MathF.Sin(i))];
        float[] three = [.. start, .. start, .. start];
        (float[] Path, float[] Fields) Run(int[] members, float[] latents, int first, int frames, float[] memory)
        {
            var (path, fields) = (new float[frames * latents.Length], new float[frames * latents.Length]);
            propagator.Run(latents, Context(members, first), memory, path);
            reduction.Decode(path, fields, Context(members, first + 1));
            return (path, fields);
        }
        var whole = Run([3, 8, 5], three, 9, 6, new float[75]);
        var alone = Run([8], start, 9, 6, new float[25]);
        for (var f = 0; f < 6; f++)
        {
            Assert.Equal(alone.Path[(f * 25)..((f + 1) * 25)], whole.Path[(f * 75 + 25)..(f * 75 + 50)]);
            Assert.Equal(alone.Fields[(f * 25)..((f + 1) * 25)], whole.Fields[(f * 75 + 25)..(f * 75 + 50)]);
            Assert.Equal(1, alone.Fields[(f * 25)..((f + 1) * 25)].Sum(x => (double)x), 1e-6);
        }
        Assert.NotEqual(whole.Path[..25], whole.Path[25..50]);
        var memory = new float[25];
        var first = Run([8], start, 9, 2, memory);
        var second = Run([8], first.Path[25..], 11, 4, memory);
        Assert.Equal(alone.Path, first.Path.Concat(second.Path));
        Assert.Equal(alone.Fields, first.Fields.Concat(second.Fields));
        Assert.NotEqual(alone.Path, Run([8], start, 9, 6, [.. start]).Path);
    }

    /// <summary>Over 4,000 members: deviation of ln z at the known frame, and of the decoded shares.</summary>
    [Fact]
    public void Draws_have_the_deviations_of_posterior_and_emission()
    {
        const int members = 4000;
        using var weights = new WeightTensors(TransitionTerm.Shapes([25, 25, 25, 25]), ScalarType.Float64, CPU);
        weights.Values = new double[weights.Length]; // z stays where it is
        var (propagator, reduction) =
            (Propagator(weights, deviation: 1e-6f, precision: [1e4f, 0]), new MultinomialReduction(0.04, 25, "N").For(System.Parameters));
        var latents = Enumerable.Repeat(1f, 25 * members).ToArray();
        var (path, fields) = (new float[latents.Length], new float[latents.Length]);
        int[] all = [.. Enumerable.Range(0, members)];
        propagator.Run(latents, Context(all, 9), new float[latents.Length], path);
        Assert.True(Deviation([.. path.Select(z => Math.Log(z))]) < 2e-6); // σ⁻² z² is the tightest that it knows
        reduction.Decode(latents, fields, Context(all, 10));
        Assert.Equal(1, Deviation([.. fields.Select(x => (double)x)]) / Math.Sqrt(0.04 * 0.96 / 250_000), 0.02);
        Assert.Equal(0.04, fields.Average(x => (double)x), 1e-7);
        propagator = Propagator(weights, deviation: 0.02f, precision: [1e4f, 0]);
        propagator.Run(latents, Context(all, 9), new float[latents.Length], path);
        Assert.Equal(1, Deviation([.. path.Select(z => (double)z)]) / Math.Sqrt(1 / 12500.0 + 4e-4), 0.02); // s⁻² = 1e4 + 0.02⁻²
        var mass = new double[members];
        reduction.Assess(latents, mass, Context(all, 9));
        Assert.All(mass, m => Assert.Equal(1, m, 1e-6));

        static double Deviation(double[] x)
        {
            var mean = x.Average();
            return Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
        }
    }

    [Fact]
    public void Least_squares_finds_the_linear_map()
    {
        double[] weights = [0.1, 0.6, 0.3, .. new double[22]], field = [.. Enumerable.Range(0, 25).Select(j => 1 + (j * j % 7))];
        double[] Next(double[] x) => [.. x.Select((_, j) => Enumerable.Range(0, 25).Sum(i => weights[i] * x[(j - i + 25) % 25]))];
        var map = CirculantMap.Fit([[.. field, .. Next(field), .. Next(Next(field))]], 25);
        Assert.All(Next(field).Zip(map.Advance(field)), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.Contains("two frames", Assert.Throws<ArgumentException>(() => CirculantMap.Fit([field], 25)).Message);
    }

    private static StepContext Context(int[] members, int frame) =>
        new(5, members, frame, members.SelectMany(_ => (double[])[1, 1, 0, 0.1875, 0.2125, 250_000]).ToArray());

    private static TransitionPropagator Propagator(WeightTensors weights, float deviation, float[]? precision = null) =>
        (TransitionPropagator)new TransitionArchitecture { HiddenLayers = [25, 25] }.Build(
        new LatentScaling([.. new float[25]], [.. Enumerable.Repeat(1f, 25)]),
        new WeightArrays(
            new Dictionary<string, (long[], float[])>(weights.Arrays())
            {
                ["deviation"] = ([1], [deviation]),
                ["precision"] = ([2], precision ?? [0, 1e4f]),
            },
            "the test"));

    private ModelManifest? Train(TrainingOptions options, string name, int stopAfter = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        return new Trainer("walkers", "test", System, options, seed: 1)
            .Train(Path.Combine(directory, $"{name}.checkpoint"), Path.Combine(directory, name), [], _ =>
        {
            if (++steps == stopAfter)
                stop.Cancel();
        }, stop.Token);
    }
}
