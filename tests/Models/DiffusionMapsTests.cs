using System.Runtime.Intrinsics;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Training;

namespace LedCluster.Models.Tests;

/// <summary>Diffusion maps of curves whose eigenfunctions are known.</summary>
public class DiffusionMapsTests
{
    private const int Count = 300;

    private static readonly DiffusionMapsArchitecture Shape = new() { LatentSize = 2, Samples = Count, KernelScale = 0.3 };

    /// <summary>A circle about (½, ½, ½) in three dimensions, one field of three points per sample.</summary>
    private static double[] Circle(double angle) => [0.5 + 0.4 * Math.Cos(angle), 0.5 + 0.4 * Math.Sin(angle), 0.5 + 0.2 * Math.Sin(angle)];

    /// <summary>Two windings of a spiral, the cross-section of a Swiss roll, at an arc length from 0 to 1.</summary>
    private static double[] Spiral(double length)
    {
        var (low, high) = (0.0, 4 * Math.PI);
        static double Arc(double t) => 0.5 * ((2 + t) * Math.Sqrt(1 + (2 + t) * (2 + t)) + Math.Asinh(2 + t));
        var target = Arc(0) + length * (Arc(high) - Arc(0));
        for (var i = 0; i < 60; i++)
            (low, high) = Arc((low + high) / 2) < target ? ((low + high) / 2, high) : (low, (low + high) / 2);
        var radius = (2 + low) / 30;
        return [0.5 + radius * Math.Cos(low), 0.5 + radius * Math.Sin(low), 0.5];
    }

    private static float[] Samples(Func<int, double[]> field) => [.. Enumerable.Range(0, Count).SelectMany(field).Select(x => (float)x)];

    private static (IReduction Map, float[] Coordinates, float[] Eigenvalues) Fit(DiffusionMapsArchitecture shape, float[] samples)
    {
        var arrays = DiffusionMapsFit.Arrays(shape, samples);
        return (shape.Build(new FieldScaling([0], [1]), 3, new WeightArrays(arrays, "the test")), arrays["coordinates"].Values, arrays["eigenvalues"].Values);
    }

    private static double Angle(int i) => 2 * Math.PI * i / Count;

    [Fact]
    public void Coordinates_of_a_circle_are_cosine_and_sine_with_one_eigenvalue()
    {
        var circle = Samples(i => [0.5 + 0.4 * Math.Cos(Angle(i)), 0.5 + 0.4 * Math.Sin(Angle(i)), 0.5]);
        var (_, ψ, λ) = Fit(Shape, circle);
        Assert.Equal(λ[0], λ[1], 1e-6);
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(2, ψ[2 * i] * ψ[2 * i] + ψ[2 * i + 1] * ψ[2 * i + 1], 1e-4); // of deviation 1 each
            var (x, y) = (ψ[0] * ψ[2 * i] + ψ[1] * ψ[2 * i + 1], ψ[0] * ψ[2 * i + 1] - ψ[1] * ψ[2 * i]);
            Assert.Equal(Math.Cos(Angle(i)), x / 2, 1e-4); // turned by the same angle as the samples
            Assert.Equal(Math.Abs(Math.Sin(Angle(i))), Math.Abs(y) / 2, 1e-4);
        }
    }

    [Fact]
    public void First_coordinate_of_a_roll_unrolls_it_however_unevenly_it_is_sampled()
    {
        double Length(int i) => Math.Pow((i + 0.5) / Count, 1.3); // four times as dense at one end
        var (_, ψ, _) = Fit(Shape with { LatentSize = 1, KernelScale = 0.12, DensityExponent = 1 }, Samples(i => Spiral(Length(i))));
        var (unrolled, expected) = (ψ.Select(v => (double)v).ToArray(), Enumerable.Range(0, Count).Select(i => Math.Cos(Math.PI * Length(i))).ToArray());
        Assert.InRange(Math.Abs(Correlation(unrolled, expected)), 0.995, 1);
        var steps = unrolled.Zip(unrolled.Skip(1), (a, b) => Math.Sign(b - a)).Distinct();
        Assert.Single(steps); // one winding is not taken for the next
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nystroem_extension_gives_the_samples_their_coordinates(double densityExponent)
    {
        var samples = Samples(i => Circle(Angle(i) + 0.3 * Math.Sin(Angle(i))));
        var (map, ψ, _) = Fit(Shape with { DensityExponent = densityExponent }, samples);
        var latents = new float[2 * Count];
        map.Encode([.. samples.Select(x => (double)x)], latents);
        for (var i = 0; i < latents.Length; i++)
            Assert.Equal(ψ[i], latents[i], 1e-4);
    }

    [Fact]
    public void Distance_from_the_nearest_sample_is_told()
    {
        var (map, ψ, _) = Fit(Shape, Samples(i => Circle(Angle(i))));
        IReduction reduction = map;
        Assert.Equal("nearest_sample", Assert.Single(reduction.Series).Name);
        var values = new double[Count];
        reduction.Assess(ψ, values, StepContext.Of(Count));
        Assert.All(values, distance => Assert.Equal(0, distance));
        reduction.Assess([.. ψ[..2].Select(z => 3 * z)], values.AsSpan(0, 1), StepContext.Of(1)); // twice the radius away, which is half of the range
        Assert.Equal(1, values[0], 0.01);
    }

    [Fact]
    public void Lifting_brings_samples_and_points_between_them_back()
    {
        var (map, _, _) = Fit(Shape, Samples(i => Circle(Angle(i))));
        foreach (var shift in (double[])[0, 0.5])
        {
            double[] fields = [.. Enumerable.Range(0, Count).SelectMany(i => Circle(Angle(i) + shift * Angle(1)))];
            var (latents, lifted) = (new float[2 * Count], new float[3 * Count]);
            map.Encode(fields, latents);
            map.Decode(latents, lifted, StepContext.Of(1));
            for (var i = 0; i < fields.Length; i++)
                Assert.Equal(fields[i], lifted[i], 2e-3); // ten neighbours span 0.075 of the circle
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Coefficients_stay_within_their_bounds_and_sum_to_1_where_there_is_such_a_field(double overshoot)
    {
        var arrays = DiffusionMapsFit.Arrays(Shape, Samples(i => Circle(Angle(i))));
        var kernel = new DiffusionKernel(arrays["samples"].Values, arrays["weights"].Values, arrays["width"].Values[0]);
        var (ψ, λ) = (arrays["coordinates"].Values, arrays["eigenvalues"].Values);
        var extension = new double[2 * kernel.Stride];
        for (var i = 0; i < 2 * Count; i++)
            extension[i % 2 * kernel.Stride + i / 2] = ψ[i] / λ[i % 2];
        var lift = new DiffusionLift(kernel, ψ, extension, 2, neighbours: 10, overshoot);
        foreach (var (latents, exact) in ((float[], bool)[])[([ψ[40], ψ[41]], true), ([0, 0], false), ([30, -7], false)])
        {
            var work = lift.NewWork();
            lift.Solve(latents, work);
            Assert.All(work.Coefficients, c => Assert.InRange(c, -overshoot, 1 + overshoot));
            Assert.Equal(10, work.Nearest.Distinct().Count());
            if (exact)
                Assert.Equal(1, work.Coefficients.Sum(), 1e-4);
        }
    }

    [Fact]
    public void Exponentials_are_those_of_the_library()
    {
        for (var x = 0.0; x > -700; x -= 0.37)
            Assert.Equal(1, SimdMath.Exp(Vector512.Create(x))[0] / Math.Exp(x), 4e-15);
        Assert.Equal(0, SimdMath.Exp(Vector512.Create(-1e300))[3]);
        Assert.True(double.IsNaN(SimdMath.Exp(Vector512.Create(double.NaN))[7]));
    }

    [Fact]
    public void A_row_does_not_depend_on_those_beside_it()
    {
        var (map, _, _) = Fit(Shape, Samples(i => Circle(Angle(i))));
        double[] fields = [.. Enumerable.Range(0, 5).SelectMany(i => Circle(1.7 * i))];
        var (latents, lifted) = (new float[10], new float[15]);
        map.Encode(fields, latents);
        map.Decode(latents, lifted, StepContext.Of(1));
        for (var row = 0; row < 5; row++)
        {
            var (latent, field) = (new float[2], new float[3]);
            map.Encode(fields.AsSpan(3 * row, 3), latent);
            map.Decode(latent, field, StepContext.Of(1));
            Assert.Equal(latents[(2 * row)..(2 * row + 2)], latent);
            Assert.Equal(lifted[(3 * row)..(3 * row + 3)], field);
        }
    }

    [Fact]
    public void What_cannot_be_fitted_says_what_to_change()
    {
        Assert.Contains("more samples than coordinates", (Shape with { LatentSize = Count }).Misfit(3, false));
        Assert.Contains("give 1 to 300", (Shape with { Neighbours = 301 }).Misfit(3, false));
        Assert.Contains("positive number", (Shape with { KernelScale = 0 }).Misfit(3, false));
        Assert.Contains("from 0 to 1", (Shape with { DensityExponent = 2 }).Misfit(3, false));
        Assert.Contains("0 or a positive", (Shape with { Overshoot = -1 }).Misfit(3, false));
        Assert.Null(Shape.Misfit(3, false));

        var circle = Samples(i => Circle(Angle(i)));
        Assert.Contains("Raise reduction.kernelScale", Refused(Shape with { KernelScale = 0.001 }, circle));
        Assert.Contains("Lower reduction.kernelScale", Refused(Shape with { LatentSize = 40, KernelScale = 3 }, circle));
        Assert.Contains("are the same field", Refused(Shape, Samples(_ => Circle(1))));

        static string Refused(DiffusionMapsArchitecture shape, float[] samples) =>
            Assert.Throws<InvalidDataException>(() => DiffusionMapsFit.Arrays(shape, samples)).Message;
    }

    private static double Correlation(double[] a, double[] b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum() / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }
}
