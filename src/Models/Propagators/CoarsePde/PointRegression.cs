using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Propagators.CoarsePde;

/// <summary>A function of the features at a point, learned by regression. A point's value does not depend on the points beside it.</summary>
public abstract class PointRegression
{
    /// <summary>Its values.</summary>
    /// <param name="features">Features [n, F] in physical units.</param>
    /// <param name="values">Receives [n].</param>
    public abstract void Evaluate(ReadOnlySpan<double> features, Span<double> values);
}

/// <summary>f(x) = Σ_k c_k Π x, a polynomial.</summary>
/// <param name="library">Its monomials.</param>
/// <param name="coefficients">c [terms], in physical units.</param>
public sealed class PolynomialPoints(PolynomialLibrary library, ImmutableArray<double> coefficients) : PointRegression
{
    /// <inheritdoc />
    public override void Evaluate(ReadOnlySpan<double> features, Span<double> values)
    {
        Span<double> terms = stackalloc double[library.Terms];
        for (var i = 0; i < values.Length; i++)
        {
            library.Evaluate(features.Slice(i * library.Variables, library.Variables), terms);
            var sum = 0.0;
            for (var k = 0; k < terms.Length; k++)
                sum = Math.FusedMultiplyAdd(coefficients[k], terms[k], sum);
            values[i] = sum;
        }
    }
}

/// <summary>
/// Mean of a Gaussian process without prior mean, f(x) = Σ_i w_i exp(−½ Σ_k (x_k/ℓ_k − s_ik)²) (Rasmussen and Williams 2006, equation 2.25), in float64.
/// </summary>
public sealed class GaussianProcessPoints : PointRegression
{
    private const int Lanes = 8; // Vector512<double>.Count

    private readonly double[] blocks, weights; // [block of points][feature][lane]; [points], padded with 0
    private readonly double[] inverseLengths;

    /// <summary>Takes over a fitted process.</summary>
    /// <param name="lengths">ℓ [F], in the features' units.</param>
    /// <param name="points">s [n, F], training points in units of the lengths.</param>
    /// <param name="weights">w [n], in the unit of the values.</param>
    public GaussianProcessPoints(ReadOnlySpan<double> lengths, ReadOnlySpan<float> points, ReadOnlySpan<double> weights)
    {
        var (f, stride) = (lengths.Length, (weights.Length + Lanes - 1) / Lanes * Lanes);
        (inverseLengths, blocks, this.weights) = (new double[f], new double[stride * f], new double[stride]);
        for (var k = 0; k < f; k++)
            inverseLengths[k] = 1 / lengths[k];
        weights.CopyTo(this.weights);
        for (var i = 0; i < weights.Length; i++)
            for (var k = 0; k < f; k++)
                blocks[(i / Lanes * f + k) * Lanes + i % Lanes] = points[i * f + k];
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe void Evaluate(ReadOnlySpan<double> features, Span<double> values)
    {
        var f = inverseLengths.Length;
        var x = stackalloc double[f];
        fixed (double* s = blocks, w = weights)
            for (var i = 0; i < values.Length; i++)
            {
                for (var k = 0; k < f; k++)
                    x[k] = features[i * f + k] * inverseLengths[k];
                var sum = Vector512<double>.Zero;
                for (var block = 0; block < weights.Length / Lanes; block++)
                {
                    var square = Vector512<double>.Zero;
                    var row = s + block * f * Lanes;
                    for (var k = 0; k < f; k++)
                    {
                        var apart = Vector512.Create(x[k]) - Vector512.Load(row + k * Lanes);
                        square = Vector512.FusedMultiplyAdd(apart, apart, square);
                    }
                    sum = Vector512.FusedMultiplyAdd(Vector512.Load(w + block * Lanes), SimdMath.Exp(square * -0.5), sum);
                }
                values[i] = SimdMath.Sum(sum);
            }
    }
}

/// <summary>A perceptron, tanh between its layers, in float32.</summary>
/// <param name="layers">Layers from F inputs to one output.</param>
/// <param name="scale">Features are divided by this, [F].</param>
/// <param name="unit">The output is multiplied by this.</param>
public sealed class PerceptronPoints(ImmutableArray<DenseLayer> layers, ImmutableArray<double> scale, double unit) : PointRegression
{
    private readonly int width = layers.Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));

    /// <inheritdoc />
    public override void Evaluate(ReadOnlySpan<double> features, Span<double> values)
    {
        var (n, stride) = (values.Length, scale.Length);
        var (from, to) = (new float[n * width], new float[n * width]);
        for (var i = 0; i < features.Length; i++)
            from[i] = (float)(features[i] / scale[i % scale.Length]);
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, n);
            (from, to, stride) = (to, from, layer.Stride);
        }
        for (var i = 0; i < n; i++)
            values[i] = unit * from[i * stride];
    }
}

/// <summary>A function of diffusion-map coordinates of the features, which Nyström's extension gives at any point.</summary>
/// <param name="maps">The coordinates ψ_1 … ψ_d of scaled features.</param>
/// <param name="scale">Features are divided by this, [F].</param>
/// <param name="regression">The function of the coordinates.</param>
public sealed class DiffusionPoints(DiffusionMaps maps, ImmutableArray<double> scale, PointRegression regression) : PointRegression
{
    /// <inheritdoc />
    public override void Evaluate(ReadOnlySpan<double> features, Span<double> values) => regression.Evaluate(Coordinates(maps, scale, features), values);

    /// <summary>Coordinates [n, d] of features [n, F].</summary>
    internal static double[] Coordinates(DiffusionMaps maps, ImmutableArray<double> scale, ReadOnlySpan<double> features)
    {
        var (scaled, coordinates) = (new double[features.Length], new float[features.Length / scale.Length * maps.LatentSize]);
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = features[i] / scale[i % scale.Length];
        maps.Encode(scaled, coordinates);
        return Array.ConvertAll(coordinates, ψ => (double)ψ);
    }
}
