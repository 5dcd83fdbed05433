using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Tests;

public class DenseLayerTests
{
    internal static float[] Noise(int count, int seed, float size = 0.3f)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => size * (float)(2 * random.NextDouble() - 1))];
    }

    /// <summary>Widths around the vector and tile sizes, so that every rim of the kernel is met.</summary>
    [Theory]
    [InlineData(202, 100, 64)]
    [InlineData(100, 2, 5)]
    [InlineData(34, 128, 7)]
    [InlineData(3, 16, 4)]
    [InlineData(1, 1, 1)]
    [InlineData(17, 65, 9)]
    [InlineData(2, 202, 3)]
    public void Forward_agrees_with_the_formula_in_double_precision(int inputs, int outputs, int batch)
    {
        var (w, b, x) = (Noise(inputs * outputs, 1), Noise(outputs, 2), Noise(batch * inputs, 3, 2));
        foreach (var (activation, f) in new (Activation, Func<double, double>)[]
        {
            (Activation.None, y => y),
            (Activation.Celu, y => Math.Max(0, y) + Math.Min(0, Math.Exp(y) - 1)),
            (Activation.HalfTanh, y => 0.5 + 0.5 * Math.Tanh(y)),
            (Activation.Relu, y => Math.Max(0, y)),
        })
        {
            var layer = new DenseLayer(w, b, activation);
            var y = new float[batch * layer.Stride];
            layer.Forward(x, inputs, y, batch);
            for (var m = 0; m < batch; m++)
                for (var o = 0; o < outputs; o++)
                {
                    double sum = b[o];
                    for (var k = 0; k < inputs; k++)
                        sum += (double)w[o * inputs + k] * x[m * inputs + k];
                    Assert.Equal(f(sum), y[m * layer.Stride + o], 1e-5);
                }
        }
    }

    [Fact]
    public void Residual_adds_the_input()
    {
        var layer = new DenseLayer(new float[9], [1, 2, 3], Activation.None, residual: true);
        var y = new float[layer.Stride];
        layer.Forward([10, 20, 30], 3, y, 1);
        Assert.Equal([11, 22, 33], y[..3]);
    }

    /// <summary>Also the vectors that this machine does not have: the runtime then computes them piece by piece.</summary>
    [Theory]
    [InlineData(202, 100, 31)]
    [InlineData(100, 2, 5)]
    [InlineData(34, 128, 17)]
    [InlineData(3, 48, 6)]
    [InlineData(17, 150, 3)]
    [InlineData(5, 100, 29)] // the last outputs fill a vector of 256 bits
    [InlineData(40, 3, 27)] // and one of 128 bits
    public void Bits_are_the_same_with_vectors_of_any_width(int inputs, int outputs, int batch)
    {
        var (weights, bias, x) = (Noise(inputs * outputs, 1), Noise(outputs, 2), Noise(batch * inputs, 3, 2));
        var layer = new DenseLayer(weights, bias, Activation.None);
        var (y128, y256, y512) = (new float[batch * layer.Stride], new float[batch * layer.Stride], new float[batch * layer.Stride]);
        layer.Forward<Lanes128<float>>(x, inputs, y128, batch, 0, layer.Stride);
        layer.Forward<Lanes256<float>>(x, inputs, y256, batch, 0, layer.Stride);
        layer.Forward<Lanes512<float>>(x, inputs, y512, batch, 0, layer.Stride);
        Assert.Equal(y128, y256);
        Assert.Equal(y128, y512);
        for (var m = 0; m < batch; m++)
            for (var o = 0; o < outputs; o++)
            {
                var sum = bias[o];
                for (var k = 0; k < inputs; k++)
                    sum = MathF.FusedMultiplyAdd(x[m * inputs + k], weights[o * inputs + k], sum);
                Assert.Equal(sum, y128[m * layer.Stride + o]);
            }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    public unsafe void Cells_have_the_same_bits_with_vectors_of_any_width(int units)
    {
        const int members = 3;
        var outcomes = new[]
        {
            Cells<Lanes128<float>>(), Cells<Twin<Lanes128<float>, float>>(),
            Cells<Lanes256<float>>(), Cells<Twin<Lanes256<float>, float>>(), Cells<Lanes512<float>>(),
        };
        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0], outcome));
        for (var i = 0; i < units; i++)
        {
            var (gates, cell) = (Noise(4 * units * members, 4, 3), Noise(units * members, 5, 2)[i]);
            double Sigma(int gate) => 1 / (1 + Math.Exp(gates[gate * units + i]));
            var next = Sigma(1) * cell + Sigma(0) * Math.Tanh(gates[2 * units + i]);
            Assert.Equal(next, outcomes[0][i], 2e-6);
            Assert.Equal(Sigma(3) * Math.Tanh(next), outcomes[0][units * members + i], 2e-6);
            var candidate = Math.Tanh(gates[2 * units + i] + Sigma(0) * gates[3 * units + i]);
            Assert.Equal(candidate + Sigma(1) * (cell - candidate), outcomes[0][2 * units * members + i], 2e-6);
        }

        float[] Cells<V>()
            where V : unmanaged, IVector<V, float>
        {
            var (gates, cells, outputs) = (Noise(4 * units * members, 4, 3), Noise(units * members, 5, 2), new float[units * members]);
            var (own, states) = (gates.ToArray(), cells.ToArray());
            fixed (float* g = gates, c = cells, o = outputs)
                SimdMath.LstmCells<V>(g, c, o, units, units, members);
            fixed (float* g = own, h = states)
                SimdMath.GruCells<V>(g, h, units, units, members);
            return [.. cells, .. outputs, .. states];
        }
    }

    [Fact]
    public void A_rows_bits_do_not_depend_on_its_batch()
    {
        var (w, b, x) = (Noise(100 * 101, 1), Noise(101, 2), Noise(23 * 100, 3));
        var layer = new DenseLayer(w, b, Activation.Celu);
        var together = new float[23 * layer.Stride];
        layer.Forward(x, 100, together, 23);
        for (var m = 0; m < 23; m++)
        {
            var alone = new float[layer.Stride];
            layer.Forward(x.AsSpan(m * 100, 100), 100, alone, 1);
            Assert.Equal(alone, together[(m * layer.Stride)..((m + 1) * layer.Stride)]);
        }
    }

    /// <summary>Sizes around the pieces in which a wide layer is computed, with channels that end within one.</summary>
    [Theory]
    [InlineData(3, 20_000)]
    [InlineData(2, 8192)]
    [InlineData(4, 33)]
    public void Fields_are_decoded_from_modes_by_one_fixed_sum_whatever_their_size_and_company(int channels, int points)
    {
        var (size, rows) = (channels * points, 37);
        var (modes, mean, latents) = (Noise(5 * size, 1), Noise(size, 2), Noise(rows * 5, 3));
        var arrays = new Dictionary<string, (long[] Shape, float[] Values)> { ["components"] = ([5, size], modes), ["mean"] = ([size], mean) };
        var scaling = new FieldScaling([.. Enumerable.Range(0, channels).Select(c => -c - 1.0)], [.. Enumerable.Range(0, channels).Select(c => c + 0.5)]);
        var reduction = new PrincipalComponentsArchitecture { LatentSize = 5 }.Build(scaling, points, new WeightArrays(arrays, "the test"));
        var fields = new float[rows * size];
        reduction.Decode(latents, fields, StepContext.Of(rows));
        for (var r = 0; r < rows; r += 9)
        {
            var alone = new float[size];
            reduction.Decode(latents.AsSpan(r * 5, 5), alone, StepContext.Of(1));
            for (var j = 0; j < size; j++)
            {
                var (sum, c) = (mean[j], j / points);
                for (var k = 0; k < 5; k++)
                    sum = MathF.FusedMultiplyAdd(latents[r * 5 + k], modes[k * size + j], sum);
                var expected = MathF.FusedMultiplyAdd(sum, (float)(scaling.Maximum[c] - scaling.Minimum[c]), (float)scaling.Minimum[c]);
                if (!expected.Equals(fields[r * size + j]) || !expected.Equals(alone[j]))
                    Assert.Fail($"Row {r}, number {j}: {expected} expected, {fields[r * size + j]} in company, {alone[j]} alone");
            }
        }
    }

    [Theory]
    [InlineData(Activation.Celu)]
    [InlineData(Activation.HalfTanh)]
    public void Activations_are_accurate_at_every_magnitude_and_pass_on_what_is_not_a_number(Activation activation)
    {
        float[] magnitudes = [0, 1e-30f, 1e-7f, 1e-4f, 1e-2f, 0.3f, 0.7f, 1, 3, 9, 20, 88, 1e4f];
        float[] x = [.. magnitudes, .. magnitudes.Select(v => -v)];
        var layer = new DenseLayer([1], [0], activation);
        var y = new float[x.Length * layer.Stride];
        layer.Forward(x, 1, y, x.Length);
        for (var i = 0; i < x.Length; i++)
        {
            double v = x[i], minusOne = Math.Abs(v) < 1e-3 ? v + v * v / 2 + v * v * v / 6 : Math.Exp(v) - 1;
            var expected = activation == Activation.Celu ? (v > 0 ? v : minusOne) : 0.5 + 0.5 * Math.Tanh(v);
            Assert.Equal(expected, y[i * layer.Stride], activation == Activation.Celu ? 4e-7 * Math.Abs(expected) : 1.2e-7);
        }
        layer.Forward([float.NaN], 1, y, 1);
        Assert.True(float.IsNaN(y[0]));
    }
}
