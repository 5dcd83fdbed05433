using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Training;
using MathNet.Numerics.LinearAlgebra.Double;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>What is fitted in one step, on data whose answer is known.</summary>
public class FitTests
{
    private static readonly LatentScaling Unit = new([0, 0], [1, 1]);

    /// <summary>Circles of several radii about the middle: in scaled latents dx/dτ = −ωy, dy/dτ = ωx.</summary>
    private static LatentSet Circles(double omega) => new()
    {
        LatentSize = 2,
        Type = float64,
        Trajectories = [.. Enumerable.Range(1, 4).Select(r => Enumerable.Range(0, 300).SelectMany(f => (double[])[
            0.5 + 0.1 * r * Math.Cos(omega * f + r), 0.5 + 0.1 * r * Math.Sin(omega * f + r)]).ToArray())],
    };

    [Fact]
    public void Sums_of_products_are_those_of_all_samples()
    {
        var sums = new NormalEquations(11, 3);
        var x = DenseMatrix.Create(150, 11, (i, j) => Math.Sin(1 + Math.Pow(i * 11 + j, 2)));
        var y = DenseMatrix.Create(150, 3, (i, j) => Math.Cos(Math.Pow(i * 3 + j, 2)));
        for (var i = 0; i < 150; i++)
        {
            var next = sums.Next();
            x.Row(i).ToArray().CopyTo(next);
            y.Row(i).ToArray().CopyTo(next[11..]);
        }
        Assert.True((x.TransposeThisAndMultiply(x) - sums.Gram()).L2Norm() < 1e-11);
        Assert.True((x.TransposeThisAndMultiply(y) - sums.Moments()).L2Norm() < 1e-11);
        Assert.True((x.QR().Solve(y) - sums.Solve(0)).L2Norm() < 1e-9);
        Assert.Equal(150, sums.Samples);
    }

    [Fact]
    public void Sindy_finds_the_equations_of_a_rotation()
    {
        var shape = new SindyArchitecture { Degree = 2 };
        var set = Circles(0.1);
        var coefficients = SindyFit.Arrays(shape, set, new FitOptions { Threshold = 0.01 }, skip: 0)["coefficients"].Values;
        float[] expected = [0, 0, -0.1f, 0, 0, 0, 0, 0.1f, 0, 0, 0, 0]; // of 1, x, y, x², xy, y²
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], coefficients[i], 1e-4);
        Assert.Equal(2, coefficients.Count(c => c != 0));

        var map = SindyFit.Arrays(shape with { Discrete = true }, set, new FitOptions { Threshold = 0.01 }, skip: 0)["coefficients"].Values;
        Assert.Equal([Math.Cos(0.1), -Math.Sin(0.1)], [map[1], map[2]], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_library_that_the_data_cannot_fill_is_refused_with_what_to_change()
    {
        var error = Assert.Throws<InvalidDataException>(() => SindyFit.Arrays(new SindyArchitecture { Degree = 5 }, Circles(0.1), new FitOptions(), skip: 270));
        Assert.Contains("21 terms, but there are 120 frames", error.Message);
        Assert.Contains("Lower propagator.degree", error.Message);
    }

    [Fact]
    public void A_reservoir_learns_to_go_round()
    {
        var shape = new ReservoirArchitecture { Units = 100 };
        var set = Circles(0.1);
        var arrays = ReservoirFit.Arrays(shape, set, Unit, new FitOptions { Washout = 50 }, skip: 0);
        var figures = PropagatorValidation.Figures(shape.Build(Unit, new WeightArrays(arrays, "the test")), Unit, set);
        Assert.InRange(figures["propagatorValidationError"], 0, 0.01);
        Assert.Equal(1, figures["propagatorValidationBounded"]);
    }

    [Fact]
    public void A_reservoir_without_data_after_its_washout_says_so() => Assert.Contains("Raise data.frames", Assert.Throws<InvalidDataException>(() =>
        ReservoirFit.Arrays(new ReservoirArchitecture(), Circles(0.1), Unit, new FitOptions { Washout = 299 }, skip: 0)).Message);
}
