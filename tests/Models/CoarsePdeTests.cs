using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.CoarsePde;
using LedCluster.Models.Training;
using LedCluster.Solvers.FitzHughNagumo;

namespace LedCluster.Models.Tests;

/// <summary>
/// Coarse partial differential equations: their integration against what is known in closed form, and their regression against the equation
/// that made the data.
/// </summary>
public sealed class CoarsePdeTests : IDisposable
{
    private const double Length = 20;

    private readonly string directory = Directory.CreateTempSubdirectory("led-pde-").FullName;

    private static readonly CoarsePdeArchitecture FitzHughNagumo = new()
    {
        Fields = ["u", "v"],
        Features = [["u", "v", "u_xx"], ["u", "v", "v_xx"]],
        ImplicitDiffusion = [1, 4],
        Regression = new PolynomialRegressionArchitecture
        {
            Given =
            [
                ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["u_xx"] = 1, ["u"] = 1, ["u u u"] = -1, ["v"] = -1 }),
                ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["v_xx"] = 4, ["u"] = 0.006, ["v"] = -0.012, ["1"] = 0.00018 }),
            ],
        },
        TimeStep = 1,
        Minimum = [-1.05, -0.21],
        Maximum = [1.05, 0.21],
    };

    public void Dispose() => Directory.Delete(directory, recursive: true);

    /// <summary>An equation whose coefficients are given, on a number of points.</summary>
    private static CoarsePdePropagator Given(CoarsePdeArchitecture shape, int points)
    {
        shape = shape with { Spacing = Length / (points - 1) };
        var polynomial = (PolynomialRegressionArchitecture)shape.Regression;
        var arrays = shape.Fields
            .Select((name, c) => polynomial.Coefficients(c, [.. shape.Chosen[c].Select(i => shape.PointFeatures.Names[i])]) is var coefficients
            ? KeyValuePair.Create($"{name}.coefficients", (new long[] { coefficients.Length }, Array.ConvertAll(coefficients, x => (float)x))) : default);
        return Build(shape, points, arrays);
    }

    private static CoarsePdePropagator Build(CoarsePdeArchitecture shape, int points, IEnumerable<KeyValuePair<string, (long[], float[])>> arrays)
    {
        var size = shape.Fields.Length * points;
        return (CoarsePdePropagator)shape.Build(
            new LatentScaling([.. new float[size]], [.. Enumerable.Repeat(1f, size)]), new WeightArrays(arrays.ToDictionary(), "the test"));
    }

    private static double[] Front(int points)
    {
        var fields = new double[2 * points];
        FitzHughNagumoFront.References[3].Sample(fields);
        return fields;
    }

    [Fact]
    public void Diffusion_damps_cosines_as_the_differences_say_and_steps_are_of_second_order()
    {
        // ∂w/∂t = 2 w_xx, of which 1.8 is treated implicitly: cos(kπx/L) decays at −(8/δx²) sin²(kπδx/2L), the eigenvalue of the differences.
        const int points = 41, k = 3;
        var spacing = Length / (points - 1);
        var exact = Math.Exp(-8 / (spacing * spacing) * Math.Pow(Math.Sin(k * Math.PI * spacing / (2 * Length)), 2));
        var errors = ((int[])[2, 4, 8]).Select(steps =>
        {
            var heat = Given(new()
            {
                Fields = ["w"],
                ImplicitDiffusion = [1.8],
                Steps = steps,
                TimeStep = 1,
                Minimum = [-1],
                Maximum = [1],
                Regression = new PolynomialRegressionArchitecture
                {
                    Degree = 1,
                    Given = [ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["w_xx"] = 2 })],
                },
            }, points);
            double[] state = [.. Enumerable.Range(0, points).Select(j => Math.Cos(k * Math.PI * j / (points - 1)))];
            heat.Advance(state);
            for (var j = 0; j < points; j++)
                Assert.Equal(state[0] * Math.Cos(k * Math.PI * j / (points - 1)), state[j], 1e-12);
            return Math.Abs(state[0] - exact);
        }).ToArray();
        Assert.InRange(Math.Log2(errors[0] / errors[1]), 1.9, 2.1);
        Assert.InRange(Math.Log2(errors[1] / errors[2]), 1.9, 2.1);
        Assert.InRange(errors[2], 0, 1e-3);
    }

    [Fact]
    public void A_wall_half_a_spacing_before_the_first_point_keeps_what_there_is_and_has_its_own_cosines()
    {
        // With w_{−1} = w_0 and w_{N+1} = w_{N−1} the modes are cos(kπ(j + ½)/(N + ½)).
        const int points = 41, k = 3;
        var spacing = Length / (points - 1);
        var heat = Given(new()
        {
            Fields = ["w"],
            HalfPointLeft = true,
            ImplicitDiffusion = [2],
            Steps = 64,
            TimeStep = 1,
            Minimum = [-1],
            Maximum = [1],
            Regression = new PolynomialRegressionArchitecture
            {
                Degree = 1,
                Given = [ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["w_xx"] = 2 })],
            },
        }, points);
        double Mode(int j) => Math.Cos(k * Math.PI * (j + 0.5) / (points - 0.5));
        double[] state = [.. Enumerable.Range(0, points).Select(Mode)];
        heat.Advance(state);
        for (var j = 0; j < points; j++)
            Assert.Equal(Mode(j) * Math.Exp(-8 / (spacing * spacing) * Math.Pow(Math.Sin(k * Math.PI / (2 * (points - 0.5))), 2)), state[j], 1e-4);
    }

    [Fact]
    public void Steps_of_the_whole_equation_are_of_second_order()
    {
        double[] After(int steps)
        {
            var (pde, state) = (Given(FitzHughNagumo with { Steps = steps }, 101), Front(101));
            for (var frame = 0; frame < 3; frame++)
                pde.Advance(state);
            return state;
        }

        var exact = After(320);
        var errors = ((int[])[20, 40, 80]).Select(steps => After(steps).Zip(exact, (a, b) => Math.Abs(a - b)).Max()).ToArray();
        Assert.InRange(Math.Log2(errors[0] / errors[1]), 1.85, 2.15);
        Assert.InRange(Math.Log2(errors[1] / errors[2]), 1.85, 2.2);
    }

    [Fact]
    public void The_period_of_the_equation_converges_with_the_square_of_the_spacing()
    {
        var periods = ((int[])[101, 201, 401]).Select(points =>
        {
            var (pde, state, zeros, before) = (Given(FitzHughNagumo with { Steps = 16 }, points), Front(points), new List<double>(), 0.0);
            for (var frame = 1; zeros.Count < 2 && frame < 500; frame++)
            {
                before = state[points / 2];
                pde.Advance(state);
                if (before < 0 && state[points / 2] >= 0)
                    zeros.Add(frame - state[points / 2] / (state[points / 2] - before));
            }
            return zeros[1] - zeros[0];
        }).ToArray();
        Assert.InRange(Math.Log2((periods[1] - periods[0]) / (periods[2] - periods[1])), 1.8, 2.2);
        // δx = 0.2, 0.1, 0.05; the first interval between zeros of one front, still a transient
        Assert.Equal([185.16, 185.00, 184.95], periods, (a, b) => Math.Abs(a - b) < 0.02);
    }

    [Fact]
    public void A_member_that_leaves_the_range_is_stopped_and_no_other()
    {
        var growing = Given(FitzHughNagumo with
        {
            Regression = new PolynomialRegressionArchitecture
            {
                Given = [ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["u u"] = 1 }), ImmutableDictionary<string, double>.Empty],
            },
        }, 5);
        var latents = new float[2 * 10];
        Array.Fill(latents, 0.5f);                 // 0, a fixed point
        latents.AsSpan(0, 5).Fill(0.5f + 0.5f / 2.1f); // u = ½ is infinite at t = 2, and 5 before
        var path = new float[3 * 20];
        growing.Run(latents, StepContext.Of(2), [], path);
        Assert.Equal(1, (path[0] - 0.5) * 2.1, 1e-3); // ½/(1 − ½t)
        Assert.All(path[20..30], x => Assert.True(float.IsNaN(x)));
        Assert.All(path[40..50], x => Assert.True(float.IsNaN(x)));
        Assert.All(path[10..20].Concat(path[50..60]), x => Assert.Equal(0.5f, x, 1e-6f));
        Assert.Contains("beyond ±5", growing.Failure);
    }

    [Fact]
    public void Polynomials_find_the_equation_that_made_the_data()
    {
        // Frames 0.05 apart of the equation itself.
        var (pde, state) = (Given(FitzHughNagumo with { TimeStep = 0.05, Steps = 2 }, 101), Front(101));
        const int frames = 1000;
        var values = new double[2 * frames * 202];
        for (var frame = 0; frame < 2 * frames; frame++)
        {
            state.CopyTo(values, frame * 202);
            pde.Advance(state);
        }
        var manifest = Trained(Recipe(new PolynomialRegressionArchitecture()), new GivenTrajectories(values, 2, frames, "test"));
        Assert.InRange((double)manifest.Training["figures"]!["u.rateError"]!, 0, 1e-3);
        var coefficients = Safetensors.Read(File.ReadAllBytes(Path.Combine(directory, "model", "weights.safetensors")), "test");
        // 1, u, v, w_xx, u², uv, uw_xx, v², …: those of the exact equation.
        float[] u = coefficients["u.coefficients"].Values, v = coefficients["v.coefficients"].Values;
        Assert.Equal([1, -1, 1], [u[1], u[2], u[3]], (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(-1, u[10], 1e-3); // u³
        Assert.Equal([0.00018, 0.006, -0.012], [v[0], v[1], v[2]], (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(4, v[3], 1e-3);
        var exact = ((PolynomialRegressionArchitecture)FitzHughNagumo.Regression).Coefficients(0, ["u", "v", "u_xx"]);
        Assert.Equal([1, 2, 3, 10], exact.Index().Where(c => c.Item != 0).Select(c => c.Index));

        var (model, _) = ModelFile.Load(Path.Combine(directory, "model"));
        var (own, truth) = (Front(101), Front(101));
        var learned = (CoarsePdePropagator)model.Propagator;
        for (var frame = 0; frame < 1200; frame++) // 60 time units
        {
            learned.Advance(own);
            pde.Advance(truth);
        }
        Assert.InRange(own.Zip(truth, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-2);
    }

    [Theory]
    [InlineData("polynomial", 0)]
    [InlineData("gaussian-process", 0)]
    [InlineData("mlp", 0)]
    [InlineData("gaussian-process", 2)]
    public void A_member_has_the_same_bits_in_any_company_and_restarts_at_any_frame(string kind, int coordinates)
    {
        const int members = 5, steps = 4;
        PointRegressionArchitecture regression = kind switch
        {
            "polynomial" => new PolynomialRegressionArchitecture(),
            "gaussian-process" => new GaussianProcessArchitecture { Points = 40, LikelihoodPoints = 30 },
            _ => new PerceptronRegressionArchitecture { HiddenLayers = [5, 5] },
        };
        var recipe = Recipe(regression);
        Trained(recipe with
        {
            Propagator = (CoarsePdeArchitecture)recipe.Propagator with
            {
                DiffusionCoordinates = coordinates,
                DiffusionSamples = coordinates > 0 ? 40 : 0,
                DiffusionScale = 3,
            },
            Fit = new() { Samples = 500, Evaluations = 5 },
            Data = new() { References = ["y00"], ValidationReferences = ["y01"], Frames = 70, Skip = 1 },
        });
        var (model, _) = ModelFile.Load(Path.Combine(directory, "model"));
        var latents = new float[members * 202];
        for (var m = 0; m < members; m++)
        {
            var front = new double[202];
            new FitzHughNagumoSystem().Random(7, m, [], front);
            model.Reduction.Encode(front, latents.AsSpan(m * 202, 202));
        }
        var path = new float[steps * latents.Length];
        model.Propagator.Run(latents, StepContext.Of(members), [], path);
        Assert.All(path, x => Assert.True(float.IsFinite(x)));
        Assert.NotEqual(path[..latents.Length], latents);
        for (var m = 0; m < members; m += 2)
        {
            var (own, again) = (new float[2 * 202], new float[2 * 202]); // in two legs of two frames
            model.Propagator.Run(latents.AsSpan(m * 202, 202), StepContext.Of(1), [], own);
            model.Propagator.Run(own.AsSpan(202), StepContext.Of(1), [], again);
            float[] alone = [.. own, .. again];
            for (var f = 0; f < steps; f++)
                Assert.Equal(path[(f * latents.Length + m * 202)..(f * latents.Length + (m + 1) * 202)], alone[(f * 202)..((f + 1) * 202)]);
        }
    }

    [Fact]
    public void Rates_over_the_solvers_own_steps_agree_with_those_over_frames_where_nothing_changes_fast()
    {
        var system = new FitzHughNagumoSystem();
        var fine = FieldRates.OfSolver(system, ["y05"], 0, 1, new Dictionary<string, ParameterValues>(), 12, 0.01);
        var scaling = new FieldScaling([-1.05, -0.21], [1.05, 0.21]);
        var coarse = FieldRates.OfFrames(TrainingSet.Simulate(system, ["y05"], 0, 1, new Dictionary<string, ParameterValues>(), 12, scaling), scaling, 1);
        for (var i = 0; i < fine.Fields[0].Length; i++)
            Assert.Equal(coarse.Fields[0][i], fine.Fields[0][i], 1e-6);
        for (var i = 202; i < 12 * 202; i++)
            Assert.Equal(coarse.Rates[0][i], fine.Rates[0][i], i < 3 * 202 ? 0.03 : 2e-3); // the first frames relax
        Assert.All(fine.Rates[0][..202].Concat(fine.Rates[0][^202..]), rate => Assert.True(double.IsNaN(rate)));
        Assert.Contains("fit.rateStep is 0.3", Assert.Throws<InvalidDataException>(() =>
            FieldRates.OfSolver(system, ["y05"], 0, 1, new Dictionary<string, ParameterValues>(), 12, 0.3)).Message);
    }

    [Fact]
    public void Recipes_that_cannot_be_used_say_why()
    {
        var recipe = Recipe(new PolynomialRegressionArchitecture());
        Assert.Empty(RecipeCheck.Faults(recipe));
        // points of a Gaussian process are no such weights
        Assert.Contains("halfPrecision stores a network", Assert.Single(RecipeCheck.Faults(recipe with { HalfPrecision = true })));
        var pde = (CoarsePdeArchitecture)recipe.Propagator;
        Assert.Contains("'w_xx'; there are u, u_x, u_xx, v", Assert.Single(
            RecipeCheck.Faults(recipe with { Propagator = pde with { Features = [["u", "w_xx"], ["v"]] } })));
        Assert.Contains("implicitDiffusion needs a number from 0", Assert.Single(
            RecipeCheck.Faults(recipe with { Propagator = pde with { ImplicitDiffusion = [1] } })));
        Assert.Contains("leave out sequential, rounds", Assert.Single(RecipeCheck.Faults(recipe with { Rounds = new() { EndToEnd = false, Epochs = 1 } })));
        Assert.Contains("Set reduction.kind to none", Assert.Throws<InvalidDataException>(
            () => Trained(recipe with { Reduction = new PrincipalComponentsArchitecture { LatentSize = 2 } })).Message);
        Assert.Contains("'u w'", Assert.Throws<InvalidDataException>(() => new PolynomialRegressionArchitecture
        {
            Given = [ImmutableDictionary.CreateRange(new Dictionary<string, double> { ["u w"] = 1 })],
        }.Coefficients(0, ["u", "v"])).Message);
    }

    private static TrainingOptions Recipe(PointRegressionArchitecture regression) => new()
    {
        About = "test",
        Data = new() { Members = 1, ValidationMembers = 1, Frames = 399, Skip = 40 },
        ChannelMinimum = [-1.05, -0.21],
        ChannelMaximum = [1.05, 0.21],
        Reduction = new FullStateArchitecture { LatentSize = 202 },
        Propagator = FitzHughNagumo with { Regression = regression, TimeStep = 0, Minimum = default, Maximum = default, Steps = 2 },
    };

    private ModelManifest Trained(TrainingOptions recipe, GivenTrajectories? given = null) =>
        new Trainer("fhn", "test", given is null ? new FitzHughNagumoSystem() : new OftenSeen(), recipe, seed: 1, given: given)
            .Train(Path.Combine(directory, "checkpoint"), Path.Combine(directory, "model"), [], _ => { }, default)!;

    /// <summary>FitzHugh-Nagumo with frames 0.05 apart.</summary>
    private sealed class OftenSeen : ISystem
    {
        public string Name => "often";

        public IReadOnlyList<string> Equations => [];

        public IMicroSolver Solver { get; } = new FitzHughNagumoSystem().SolverWithFrames(0.05)!;

        public IReadOnlyList<string> References => [];

        public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => throw new NotSupportedException();

        public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) => throw new NotSupportedException();
    }
}
