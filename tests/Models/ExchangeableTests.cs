using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Reductions.Mixtures;
using MathNet.Numerics.LinearAlgebra;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Permutation-invariant encoders and mixture-density decoders.</summary>
public class ExchangeableTests
{
    private const int Channels = 3, Points = 50;

    private static readonly ExchangeableArchitecture Shape =
        new() { LatentSize = 4, PointLayers = [20, 17], Features = 33, HiddenLayers = [19], DecoderLayers = [18, 21], Kernels = 3 };

    private static float[] Outputs(int kernels, int dimensions, ulong seed)
    {
        var random = new Philox(seed, 0, 0, 0);
        return [.. Enumerable.Range(0, GaussianMixture.Outputs(kernels, dimensions)).Select(_ => (float)random.NextNormal())];
    }

    /// <summary>Weights, means and factors L as the docstring defines them, in MathNet.</summary>
    private static (double Weight, Vector<double> Mean, Matrix<double> Factor)[] Components(float[] outputs, int kernels, int dimensions, double floor)
    {
        var sum = outputs.Take(kernels).Sum(x => Math.Exp(x));
        return [.. Enumerable.Range(0, kernels).Select(k =>
        {
            var factor = Matrix<double>.Build.Dense(dimensions, dimensions);
            var lower = kernels * (1 + 2 * dimensions) + k * dimensions * (dimensions - 1) / 2;
            for (var i = 0; i < dimensions; i++)
            {
                for (var j = 0; j < i; j++)
                    factor[i, j] = outputs[lower++];
                factor[i, i] = Math.Log(1 + Math.Exp(outputs[kernels * (1 + dimensions) + k * dimensions + i])) + floor;
            }
            return (Math.Exp(outputs[k]) / sum, Vector<double>.Build.Dense(dimensions, i => outputs[kernels + k * dimensions + i]), factor);
        })];
    }

    private static double BruteForce((double Weight, Vector<double> Mean, Matrix<double> Factor)[] components, double[] v) => Math.Log(components.Sum(c =>
    {
        var covariance = c.Factor * c.Factor.Transpose();
        var r = Vector<double>.Build.Dense(v) - c.Mean;
        return c.Weight * Math.Exp(-0.5 * r.DotProduct(covariance.Inverse() * r)) / Math.Sqrt(Math.Pow(2 * Math.PI, v.Length) * covariance.Determinant());
    }));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    public void The_density_and_its_gradient_are_those_of_the_formula(int kernels, int dimensions)
    {
        const double floor = 1e-3;
        var (outputs, mixture) = (Outputs(kernels, dimensions, 2), new GaussianMixture(kernels, dimensions, floor));
        mixture.Load(outputs);
        double[][] at = [.. Enumerable.Range(0, 5).Select(i => Enumerable.Range(0, dimensions).Select(c => Math.Sin(3 * i + c)).ToArray())];
        foreach (var v in at)
            Assert.Equal(BruteForce(Components(outputs, kernels, dimensions, floor), v), mixture.LogDensity(v), 1e-6);

        using var parameters = tensor(Array.ConvertAll(outputs, x => (double)x), requires_grad: true);
        Tensor Sum(Tensor p)
        {
            var row = p.reshape(1, -1);
            int lower = kernels * dimensions * (dimensions - 1) / 2, first = kernels * dimensions;
            return new MixtureLikelihood(kernels, dimensions, floor).LogDensity(
                tensor(at.SelectMany(v => v).ToArray(), [1, at.Length, dimensions]), row.narrow(1, 0, kernels), row.narrow(1, kernels, first),
                row.narrow(1, kernels + first, first),
                lower == 0 ? null : row.narrow(1, kernels + 2 * first, lower)).sum();
        }
        var sum = Sum(parameters);
        sum.backward();
        Assert.Equal(at.Sum(v => BruteForce(Components(outputs, kernels, dimensions, floor), v)), sum.Value(), 1e-6 * at.Length);
        var gradient = parameters.grad!.data<double>().ToArray();
        for (var i = 0; i < outputs.Length; i++)
        {
            double Shifted(double by)
            {
                double[] moved = [.. outputs];
                moved[i] += by;
                return Sum(tensor(moved)).Value();
            }
            Assert.Equal((Shifted(1e-5) - Shifted(-1e-5)) / 2e-5, gradient[i], 1e-6 * Math.Max(1, Math.Abs(gradient[i])));
        }
    }

    [Fact]
    public void One_kernel_is_likeliest_at_the_mean_and_covariance_of_the_sample()
    {
        var random = new Philox(3, 0, 0, 0);
        var sample = new double[400, 2];
        for (var i = 0; i < 400; i++)
            (sample[i, 0], sample[i, 1]) = (random.NextNormal(), 0.3 + 0.5 * random.NextNormal() + 0.4 * sample[i, 0]);
        var v = Matrix<double>.Build.DenseOfArray(sample);
        var mean = v.ColumnSums() / 400;
        var centred = v - Matrix<double>.Build.Dense(400, 2, (_, c) => mean[c]);
        var factor = (centred.TransposeThisAndMultiply(centred) / 400).Cholesky().Factor;
        double Inverse(double x) => Math.Log(Math.Exp(x - 1e-3) - 1);
        using var parameters = tensor([mean[0], mean[1], Inverse(factor[0, 0]), Inverse(factor[1, 1]), factor[1, 0]], requires_grad: true);
        var row = parameters.reshape(1, -1);
        new MixtureLikelihood(1, 2, 1e-3).LogDensity(
            from_array(sample).unsqueeze(0), zeros(1, 1, float64), row.narrow(1, 0, 2), row.narrow(1, 2, 2),
            row.narrow(1, 4, 1)).mean().backward();
        Assert.All(parameters.grad!.data<double>().ToArray(), slope => Assert.Equal(0, slope, 1e-10));
    }

    [Fact]
    public void A_kernel_cannot_collapse()
    {
        var (outputs, mixture) = (Outputs(2, 2, 4), new GaussianMixture(2, 2, 0.01));
        outputs.AsSpan(6, 6).Fill(-1000); // diagonals, and what is below them
        mixture.Load(outputs);
        Assert.InRange(mixture.LogDensity([outputs[2], outputs[3]]), -20, -2 * Math.Log(0.01));
    }

    [Fact]
    public void Drawn_vectors_have_the_weights_means_and_covariance_of_the_mixture()
    {
        const int kernels = 3, dimensions = 3, blocks = 20_000;
        var (outputs, mixture) = (Outputs(kernels, dimensions, 5), new GaussianMixture(kernels, dimensions, 1e-3));
        mixture.Load(outputs);
        var (v, n) = (new float[dimensions * 16], 16 * blocks);
        var sums = new double[dimensions + dimensions * dimensions];
        for (var block = 0; block < blocks; block++)
        {
            mixture.Draw(1, (uint)block, 0, 7, GaussianMixture.Room, v);
            for (var lane = 0; lane < 16; lane++)
                for (var i = 0; i < dimensions; i++)
                {
                    sums[i] += v[i * 16 + lane];
                    for (var j = 0; j < dimensions; j++)
                        sums[dimensions * (i + 1) + j] += v[i * 16 + lane] * v[j * 16 + lane];
                }
        }
        var components = Components(outputs, kernels, dimensions, 1e-3);
        var mean = components.Select(c => c.Weight * c.Mean).Aggregate((a, b) => a + b);
        var second = components.Select(c => c.Weight * (c.Factor * c.Factor.Transpose() + c.Mean.OuterProduct(c.Mean))).Aggregate((a, b) => a + b);
        Assert.Equal(Enumerable.Range(0, dimensions).Average(i => second[i, i] - mean[i] * mean[i]), mixture.Variance(), 1e-6);
        for (var i = 0; i < dimensions; i++)
        {
            Assert.Equal(mean[i], sums[i] / n, 4 * Math.Sqrt(second[i, i] / n));
            for (var j = 0; j < dimensions; j++)
                Assert.Equal(second[i, j], sums[dimensions * (i + 1) + j] / n, 8 * Math.Sqrt(second[i, i] * second[j, j] / n));
        }
    }

    [Fact]
    public void Draws_have_the_same_bits_at_every_width()
    {
        const int kernels = 5, dimensions = 3;
        var mixture = new GaussianMixture(kernels, dimensions, 1e-3);
        mixture.Load(Outputs(kernels, dimensions, 9));
        float[] narrow = new float[dimensions * 16], middle = new float[dimensions * 16], wide = new float[dimensions * 16];
        for (var frame = 0u; frame < 50; frame++)
        {
            mixture.Draw<Lanes128<float>>(3, frame, 0x04FFFFF8, 11, 16, narrow);
            mixture.Draw<Lanes256<float>>(3, frame, 0x04FFFFF8, 11, 16, middle);
            mixture.Draw<Lanes512<float>>(3, frame, 0x04FFFFF8, 11, 16, wide);
            Assert.Equal(wide, middle);
            Assert.Equal(wide, narrow);
            mixture.Draw<Lanes128<float>>(3, frame, 0x04FFFFF8, 11, 1, narrow);
            for (var i = 0; i < dimensions; i++)
                Assert.Equal(wide[16 * i], narrow[16 * i]);
        }
    }

    [Theory]
    [InlineData(BoundedVariable.Logit)]
    [InlineData(BoundedVariable.Softplus)]
    [InlineData(BoundedVariable.None)]
    public void Managed_code_and_libtorch_agree_and_latents_do_not_depend_on_the_order_of_points(BoundedVariable variable)
    {
        manual_seed(11);
        var shape = Shape with { Variable = variable };
        using var network = NetworkFactory.Autoencoder(shape, Channels, Points, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var scaling = new FieldScaling([-1, 0, 2], [1, 3, 4]);
        IReduction Managed(int points) => shape.Build(scaling, points, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        const int batch = 40;
        var scaled = DenseLayerTests.Noise(batch * Channels * Points, 1, 1).Select(x => 0.5f + 0.2f * Math.Clamp(x, -2, 2)).ToArray();
        double[] fields = [.. scaled.Select(
            (s, i) => scaling.Minimum[i / Points % Channels] + (double)s * (
                scaling.Maximum[i / Points % Channels] - scaling.Minimum[i / Points % Channels]))];
        var (latents, managed) = (new float[batch * 4], Managed(Points));
        managed.Encode(fields, latents);
        ParityTests.Close(network.Encode(tensor(scaled, batch, Channels * Points)), latents);
        var exact = Enumerable.Range(0, batch).Average(
            b => managed.NegativeLogLikelihood(fields.AsSpan(b * Channels * Points, Channels * Points), latents.AsSpan(b * 4, 4)));
        Assert.Equal(network.Error(tensor(scaled, batch, Channels * Points)).Value(), exact - Math.Log(2 * 3 * 2), 1e-4);

        var order = Enumerable.Range(0, Points).OrderBy(i => 17 * i % Points).ToArray();
        double[] shuffled = [.. Enumerable.Range(0, Channels * Points).Select(i => fields[i / Points * Points + order[i % Points]])];
        double[] twice = [.. Enumerable.Range(0, Channels).SelectMany(
            c => fields[(c * Points)..((c + 1) * Points)].Concat(fields[(c * Points)..((c + 1) * Points)]))];
        var (again, more) = (new float[4], new float[4]);
        managed.Encode(shuffled, again);
        Assert.Equal(latents[..4], again);
        Managed(2 * Points).Encode(twice, more); // any number of points
        Assert.Equal(latents[..4], more);
    }

    [Fact]
    public void A_drawn_point_depends_on_seed_member_frame_and_its_number_alone()
    {
        manual_seed(12);
        using var network = NetworkFactory.Autoencoder(Shape, Channels, Points, seed: 1, float32, CPU)!;
        using var off = no_grad();
        IReduction Managed(int points) =>
            Shape.Build(new FieldScaling([-1, -1, -1], [1, 1, 1]), points, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        var (latents, size) = (DenseLayerTests.Noise(40 * 4, 2, 1), Channels * Points);
        var (all, alone, fewer) = (new float[40 * size], new float[size], new float[Channels * 20]);
        var context = new StepContext(5, new[] { 3, 9 }, 7);
        Managed(Points).Decode(latents, all, context); // 20 frames of two members
        Managed(Points).Decode(latents.AsSpan(4 * 35, 4), alone, context.Slice(1, 1).At(7 + 17));
        Assert.Equal(all[(35 * size)..(36 * size)], alone);
        Managed(20).Decode(latents.AsSpan(4 * 35, 4), fewer, context.Slice(1, 1).At(7 + 17));
        for (var c = 0; c < Channels; c++)
            Assert.Equal(alone[(c * Points)..(c * Points + 20)], fewer[(c * 20)..((c + 1) * 20)]);
        Managed(Points).Decode(latents.AsSpan(4 * 35, 4), alone, context.Slice(1, 1).At(8));
        Assert.NotEqual(all[(35 * size)..(36 * size)], alone);
        Assert.All(all, x => Assert.InRange(x, -1, 1));
    }

    [Fact]
    public void What_is_drawn_is_as_likely_as_the_density_says()
    {
        manual_seed(13);
        const int many = 4000;
        using var network = NetworkFactory.Autoencoder(Shape, Channels, many, seed: 1, float32, CPU)!;
        using var off = no_grad();
        var managed = Shape.Build(new FieldScaling([-1, -1, -1], [1, 1, 1]), many, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        float[] latent = [0.3f, -0.2f, 0.5f, 1];
        double Drawn(int frame)
        {
            var fields = new float[Channels * many];
            managed.Decode(latent, fields, new StepContext(1, new[] { 0 }, frame));
            return managed.NegativeLogLikelihood(Array.ConvertAll(fields, x => (double)x), latent);
        }
        // The entropy by quadrature over a grid of the box.
        const int cells = 40;
        var (entropy, mass) = (0.0, 0.0);
        var single = Shape.Build(new FieldScaling([-1, -1, -1], [1, 1, 1]), 1, new WeightArrays(network.Weights.Arrays().ToDictionary(), "memory"));
        for (var i = 0; i < cells * cells * cells; i++)
        {
            var cost = single.NegativeLogLikelihood(
                [.. ((int[])[i / cells / cells, i / cells % cells, i % cells]).Select(j => (j + 0.5) * 2 / cells - 1)], latent);
            (entropy, mass) = (entropy + cost * Math.Exp(-cost) * 8 / (cells * cells * cells), mass + Math.Exp(-cost) * 8 / (cells * cells * cells));
        }
        Assert.Equal(1, mass, 1e-2);
        Assert.Equal(entropy, Enumerable.Range(0, 10).Average(Drawn), 2e-2);
    }

    [Fact]
    public void A_shape_that_cannot_be_is_refused_with_what_to_change()
    {
        Assert.Contains("from 1 to 256", (Shape with { Kernels = 0 }).Misfit(9, periodic: false));
        Assert.Contains("one layer at least", (Shape with { PointLayers = [] }).Misfit(9, periodic: false));
        Assert.Contains("above 0", (Shape with { LeastDeviation = 0 }).Misfit(9, periodic: false));
        Assert.Null(Shape.Misfit(9, periodic: false));
    }
}
