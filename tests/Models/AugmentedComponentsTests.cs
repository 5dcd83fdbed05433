using System.Text.Json.Nodes;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Training;
using LedCluster.Solvers.FitzHughNagumo;

namespace LedCluster.Models.Tests;

/// <summary>Principal components of which an MLP makes the most.</summary>
[Collection(nameof(TrainerTests))]
public sealed class AugmentedComponentsTests : IDisposable
{
    private const int Frames = 150, Size = 202;

    private static readonly TrainingOptions Recipe = new()
    {
        About = "test",
        Data = new() { Members = 1, ValidationMembers = 1, Frames = Frames - 1 },
        ChannelMinimum = [-2, -2],
        ChannelMaximum = [2, 2],
        Reduction = new AugmentedComponentsArchitecture { LatentSize = 2, Modes = 6, HiddenLayers = [16] },
        Propagator = new SindyArchitecture { Degree = 1, Discrete = true },
        Fit = new() { Threshold = 0, Evaluations = 300 },
    };

    private readonly string directory = Directory.CreateTempSubdirectory("led-components-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Two_latents_hold_a_closed_curve_of_three_harmonics_which_two_components_do_not()
    {
        Assert.Empty(RecipeCheck.Faults(Recipe));
        double Error(TrainingOptions options, string name) => (double)Train(options, name)!.Training["figures"]!["reductionValidationMse"]!;
        var two = Error(Recipe with { Reduction = new PrincipalComponentsArchitecture { LatentSize = 2 } }, "two");
        var six = Error(Recipe with { Reduction = new PrincipalComponentsArchitecture { LatentSize = 6 } }, "six");
        Assert.InRange(six, 0, 1e-12);
        Assert.InRange(Error(Recipe, "augmented"), 0, 1e-4 * two);
        Assert.InRange(Error(Recipe with { Fit = Recipe.Fit with { HalfPrecision = true } }, "half"), 0, 1e-4 * two);
        Assert.All(Safetensors.Read(Path.Combine(directory, "half", ModelFile.WeightsName))["components"].Values, x => Assert.Equal((float)(Half)x, x));
        var sizes = ((string[])["augmented", "half"]).Select(name => new FileInfo(Path.Combine(directory, name, ModelFile.WeightsName)).Length).ToArray();
        Assert.InRange(sizes[0] - sizes[1], 2 * 6 * Size - 50, 2 * 6 * Size + 50);
    }

    [Fact]
    public void A_field_has_the_same_bits_alone_as_among_others_and_a_stopped_training_goes_on_with_them()
    {
        var manifest = Train(Recipe, "whole")!;
        Assert.Null(Train(Recipe, "parts", stopAfter: 40));
        Assert.Equal(manifest.WeightsSha256, Train(Recipe, "parts")!.WeightsSha256);

        var reduction = ModelFile.Load(Path.Combine(directory, "whole")).Model.Reduction;
        var (fields, latents, decoded, alone) = (Curve(0.5)[..(20 * Size)], new float[40], new float[20 * Size], new float[Size]);
        reduction.Encode(fields, latents);
        reduction.Decode(latents, decoded, StepContext.Of(20));
        reduction.Decode(latents.AsSpan(14, 2), alone, StepContext.Of(1));
        Assert.Equal(decoded[(7 * Size)..(8 * Size)], alone);
        for (var k = 0; k < decoded.Length; k++)
            Assert.Equal(fields[k], decoded[k], 0.02);
    }

    [Fact]
    public void Shapes_that_cannot_be_are_refused()
    {
        string Message(AugmentedComponentsArchitecture shape) =>
            Assert.Throws<InvalidDataException>(() => Train(Recipe with { Reduction = shape }, "x")).Message;
        Assert.Contains("Set modes above latentSize", Message(new() { LatentSize = 6, Modes = 6, HiddenLayers = [4] }));
        Assert.Contains("hiddenLayers", Message(new() { LatentSize = 2, Modes = 6, HiddenLayers = [0] }));
        Assert.Contains("leave them out", Assert.Single(RecipeCheck.Faults(Recipe with { Rounds = new() { EndToEnd = false, Epochs = 3 } })));
    }

    private ModelManifest? Train(TrainingOptions options, string name, int stopAfter = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        var given = new GivenTrajectories([.. Curve(0), .. Curve(0.5)], 2, Frames, "curve");
        return new Trainer("test", "default", new FitzHughNagumoSystem(), options, seed: 7, given: given).Train(
            Path.Combine(directory, $"{name}.checkpoint"), Path.Combine(directory, name), new JsonObject(), _ =>
            {
                if (++steps == stopAfter)
                    stop.Cancel();
            }, stop.Token);
    }

    /// <summary>Frames of a wave that turns round with its second and third harmonic.</summary>
    private static double[] Curve(double phase) => [.. Enumerable.Range(0, Frames).SelectMany(f => Enumerable.Range(0, Size).Select(x =>
        Enumerable.Range(1, 3).Sum(n => Math.Cos(n * (0.37 * f + phase - 0.05 * x)) * Math.Pow(0.4, n - 1))))];
}
