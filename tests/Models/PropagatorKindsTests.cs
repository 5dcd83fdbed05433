using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>Every kind of propagator against a straightforward implementation, and for its company.</summary>
public class PropagatorKindsTests
{
    private static readonly LatentScaling Scaling = new([-1, 0.5f, -2], [2, 1.5f, 2]);

    private static float[] Noise(int count, float scale, ulong seed)
    {
        var random = new Philox(seed, 0, 0, 0);
        return [.. Enumerable.Range(0, count).Select(_ => scale * (float)random.NextUniform(-1, 1))];
    }

    private static IPropagator Build(PropagatorArchitecture shape, params (string Name, long[] Shape, float[] Values)[] arrays) =>
        shape.Build(Scaling, new WeightArrays(arrays.ToDictionary(a => a.Name, a => (a.Shape, a.Values)), "the test"));

    private static IPropagator Gru() => Network(new GruArchitecture { Hidden = 20 });

    private static IPropagator Perceptron() =>
        Network(new PerceptronArchitecture { HiddenLayers = [17, 9] });

    private static IPropagator Network(PropagatorArchitecture shape)
    {
        using var network = NetworkFactory.Propagator(shape, 3, float32, CPU)!;
        return shape.Build(Scaling, new WeightArrays(network.Weights.Arrays().ToDictionary(), "the test"));
    }

    private static readonly ReservoirArchitecture Reservoir = new() { Units = 40, Degree = 5, SpectralRadius = 0.9, Seed = 3 };

    private static IPropagator Named(string kind) => kind switch
    {
        "gru" => Gru(),
        "mlp" => Perceptron(),
        "reservoir" => Build(Reservoir, ("readout.weight", [3, 42], Noise(126, 0.1f, 4))),
        _ => Build(new SindyArchitecture { Degree = 2, Substeps = 3 }, ("coefficients", [3, 10], Noise(30, 0.1f, 5))),
    };

    private static float[] Start(int members) =>
        [.. Noise(members * 3, 1, 7).Select((x, i) => Scaling.Low[i % 3] + (0.5f + 0.3f * x) * (Scaling.High[i % 3] - Scaling.Low[i % 3]))];

    [Theory]
    [InlineData("gru")]
    [InlineData("mlp")]
    [InlineData("reservoir")]
    [InlineData("sindy")]
    public void A_member_has_the_same_bits_in_any_company(string kind)
    {
        const int members = 37, steps = 9;
        var propagator = Named(kind);
        var (known, memory, path) = (Start(4 * members), new float[members * propagator.MemorySize], new float[steps * members * 3]);
        propagator.Feed(known.AsSpan(0, 9 * members), StepContext.Of(members), memory);
        propagator.Run(known.AsSpan(9 * members), StepContext.Of(members), memory, path);
        foreach (var m in (int[])[0, 15, 16, 36])
        {
            float[] Of(float[] all, int frames) => [.. Enumerable.Range(0, frames).SelectMany(f => all[((f * members + m) * 3)..((f * members + m + 1) * 3)])];
            var (alone, own, after) = (Of(known, 4), new float[steps * 3], new float[propagator.MemorySize]);
            propagator.Feed(alone.AsSpan(0, 9), StepContext.Of(1), after);
            propagator.Run(alone.AsSpan(9), StepContext.Of(1), after, own);
            Assert.Equal(Of(path, steps), own);
            Assert.Equal(memory[(m * propagator.MemorySize)..((m + 1) * propagator.MemorySize)], after);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Networks_agree_with_torch_to_one_part_in_a_hundred_thousand(bool recurrent, bool increment)
    {
        manual_seed(5);
        PropagatorArchitecture shape = recurrent ? new GruArchitecture { Hidden = 20, Increment = increment }
            : new PerceptronArchitecture { HiddenLayers = [17, 9], Increment = increment };
        using var network = NetworkFactory.Propagator(shape, 3, float32, CPU)!;
        var propagator = shape.Build(Scaling, new WeightArrays(network.Weights.Arrays().ToDictionary(), "the test"));
        using var off = no_grad();
        const int batch = 5, steps = 30;
        var (start, memory, path) = (Start(batch), new float[batch * propagator.MemorySize], new float[steps * batch * 3]);
        propagator.Run(start, StepContext.Of(batch), memory, path);
        var (now, state) = (
            tensor(start.Select((z, i) => (z - Scaling.Low[i % 3]) / (Scaling.High[i % 3] - Scaling.Low[i % 3])).ToArray(), batch, 3),
            network.Blank(batch));
        for (var t = 0; t < steps; t++)
        {
            (now, state) = network.Step(now, state);
            var expected = now.contiguous().data<float>().ToArray();
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], (path[t * batch * 3 + i] - Scaling.Low[i % 3]) / (Scaling.High[i % 3] - Scaling.Low[i % 3]), 1e-5);
        }
    }

    [Fact]
    public void A_reservoir_agrees_with_dense_matrices_and_has_its_spectral_radius()
    {
        const int n = 42;
        var weights = new ReservoirWeights(n, 3, 5, 0.9, 1, 3);
        var dense = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(n, n, 0);
        for (var i = 0; i < n; i++)
            for (var e = weights.First[i]; e < weights.First[i + 1]; e++)
                dense[i, weights.Columns[e]] = weights.Values[e];
        Assert.Equal(0.9, dense.Evd().EigenValues.Max(value => value.Magnitude), 1e-6);
        Assert.InRange(weights.Values.Length / (double)n, 3, 7);
        Assert.Equal(weights.Values, new ReservoirWeights(n, 3, 5, 0.9, 1, 3).Values);

        var readout = Noise(3 * n, 0.1f, 4);
        var (start, memory, path) = (Start(1), new float[n], new float[4 * 3]);
        Build(Reservoir, ("readout.weight", [3, n], readout)).Run(start, StepContext.Of(1), memory, path);
        var (h, z) = (new double[n], Array.ConvertAll(start, x => (double)x));
        for (var t = 0; t < 4; t++)
        {
            var x = z.Select((value, k) => 2 * (value - Scaling.Low[k]) / (Scaling.High[k] - Scaling.Low[k]) - 1).ToArray();
            var driven = dense * MathNet.Numerics.LinearAlgebra.Double.DenseVector.OfArray(h);
            h = [.. driven.Select((sum, i) => Math.Tanh(sum + weights.Input[i] * x[i / 14]))];
            for (var k = 0; k < 3; k++)
            {
                var y = Enumerable.Range(0, n).Sum(i => readout[k * n + i] * (i % 2 == 0 ? h[i] * h[i] : h[i]));
                z[k] = Scaling.Low[k] + (y + 1) / 2 * (Scaling.High[k] - Scaling.Low[k]);
                Assert.Equal(z[k], path[t * 3 + k], 1e-5);
            }
        }
    }

    [Fact]
    public void Identified_equations_are_integrated_to_fourth_order_and_stop_when_they_blow_up()
    {
        // dx/dτ = x² from ½ has x(1) = 1, and is infinite at τ = 2; y and z stand still.
        var library = new PolynomialLibrary(3, 2);
        Assert.Equal(10, library.Terms);
        var coefficients = new float[30];
        coefficients[4] = 1; // 1, x, y, z, x²
        var errors = ((int[])[2, 4]).Select(substeps =>
        {
            var path = new float[3 * 3];
            var propagator = Build(new SindyArchitecture { Degree = 2, Substeps = substeps }, ("coefficients", [3, 10], coefficients));
            propagator.Run([1.25f, 1, 0], StepContext.Of(1), [], path); // x = ½
            Assert.Contains("blew up", propagator.Failure);
            Assert.True(float.IsNaN(path[^3]), "beyond the pole nothing is a number");
            return Math.Abs((path[0] + 1) / 1.5 - 1 - 1);
        }).ToArray();
        Assert.InRange(Math.Log2(errors[0] / errors[1]), 3.4, 4.6);
    }

    [Fact]
    public void A_map_is_applied_once_per_frame()
    {
        var coefficients = new float[3 * 4];
        (coefficients[1], coefficients[5], coefficients[10]) = (0.5f, -1, 0.25f); // x → x/2, y → −x, z → y/4
        var path = new float[6];
        // 1, ½, 0
        Build(new SindyArchitecture { Degree = 1, Discrete = true }, ("coefficients", [3, 4], coefficients)).Run(
            [2, 1.25f, 0], StepContext.Of(1), [], path);
        float[] expected = [0.5f, -1, 0.125f, 0.25f, -0.5f, -0.25f];
        for (var i = 0; i < 6; i++)
            Assert.Equal(expected[i], 2 * (path[i] - Scaling.Low[i % 3]) / (Scaling.High[i % 3] - Scaling.Low[i % 3]) - 1, 1e-6);
    }

    [Theory]
    [InlineData(1.2, "0.99")]
    [InlineData(0, "0.99")]
    public void A_reservoir_that_would_not_forget_is_refused(double radius, string remedy) =>
        Assert.Contains(remedy, Assert.Throws<InvalidDataException>(() => Build(Reservoir with { SpectralRadius = radius })).Message);
}
