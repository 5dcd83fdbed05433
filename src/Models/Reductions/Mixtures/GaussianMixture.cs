using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;

namespace LedCluster.Models.Reductions.Mixtures;

/// <summary>
/// A mixture of K Gaussians in C dimensions with full covariance, Σ_k π_k N(v; μ_k, L_k L_kᵀ) (Bishop 1994, mixture density networks), from
/// a network's outputs: π is their softmax, μ and what is below the diagonal of L are linear, its diagonal is softplus + a floor, so that
/// no component can collapse onto a sample.
/// </summary>
/// <param name="kernels">K.</param>
/// <param name="dimensions">C.</param>
/// <param name="floor">Least element of the diagonal of L.</param>
internal sealed class GaussianMixture(int kernels, int dimensions, double floor)
{
    /// <summary>Streams for which there is room in each dimension's row of what is drawn.</summary>
    public const int Room = 16;

    private readonly double[] logWeights = new double[kernels];
    private readonly float[] cumulated = new float[kernels];          // of π, all but the last in use
    private readonly float[] means = new float[kernels * dimensions]; // [k, c]
    private readonly double[] factors = new double[kernels * dimensions * (dimensions + 1) / 2]; // [k, rows of L up to the diagonal]
    private readonly double[] residual = new double[dimensions], scores = new double[kernels];

    /// <summary>Number of a network's outputs: K logits, K·C means, K·C diagonal and K·C(C − 1)/2 lower elements, in this order.</summary>
    public static int Outputs(int kernels, int dimensions) => kernels * (1 + 2 * dimensions + dimensions * (dimensions - 1) / 2);

    /// <summary>Elements of L up to the diagonal.</summary>
    private int Triangle => dimensions * (dimensions + 1) / 2;

    /// <summary>Takes a network's outputs.</summary>
    public void Load(ReadOnlySpan<float> outputs)
    {
        var (most, sum) = (double.NegativeInfinity, 0.0);
        for (var k = 0; k < kernels; k++)
            most = Math.Max(most, outputs[k]);
        for (var k = 0; k < kernels; k++)
            sum += Math.Exp(outputs[k] - most);
        var upTo = 0.0;
        for (var k = 0; k < kernels; k++)
        {
            logWeights[k] = outputs[k] - most - Math.Log(sum);
            cumulated[k] = (float)(upTo += Math.Exp(logWeights[k]));
        }
        outputs.Slice(kernels, kernels * dimensions).CopyTo(means);
        var diagonal = outputs.Slice(kernels * (1 + dimensions), kernels * dimensions);
        var lower = outputs[(kernels * (1 + 2 * dimensions))..];
        for (int k = 0, to = 0, from = 0; k < kernels; k++)
            for (var i = 0; i < dimensions; i++)
            {
                for (var j = 0; j < i; j++)
                    factors[to++] = lower[from++];
                double x = diagonal[k * dimensions + i];
                factors[to++] = Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))) + floor;
            }
    }

    /// <summary>ln Σ_k π_k N(v; μ_k, L_k L_kᵀ).</summary>
    /// <param name="v">v [C].</param>
    public double LogDensity(ReadOnlySpan<double> v)
    {
        var most = double.NegativeInfinity;
        for (int k = 0, at = 0; k < kernels; k++)
        {
            var score = logWeights[k];
            var scale = 1.0; // of a component's volume
            for (var i = 0; i < dimensions; i++)
            {
                var r = v[i] - means[k * dimensions + i];
                for (var j = 0; j < i; j++)
                    r -= factors[at++] * residual[j];
                residual[i] = r / factors[at];
                score -= 0.5 * residual[i] * residual[i];
                scale *= factors[at++];
            }
            scores[k] = score - Math.Log(scale);
            most = Math.Max(most, scores[k]);
        }
        var sum = 0.0;
        foreach (var score in scores)
            sum += Math.Exp(score - most);
        return most + Math.Log(sum) - 0.5 * dimensions * Math.Log(2 * Math.PI);
    }

    /// <summary>Variance of each component of v, Σ_k π_k ((L_k L_kᵀ)_ii + μ_ki²) − (Σ_k π_k μ_ki)², mean over the C.</summary>
    public double Variance()
    {
        var total = 0.0;
        for (var i = 0; i < dimensions; i++)
        {
            var (mean, square) = (0.0, 0.0);
            for (var k = 0; k < kernels; k++)
            {
                var (π, μ, own) = (Math.Exp(logWeights[k]), (double)means[k * dimensions + i], 0.0);
                for (int j = 0, row = k * Triangle + i * (i + 1) / 2; j <= i; j++)
                    own += factors[row + j] * factors[row + j];
                (mean, square) = (mean + π * μ, square + π * (own + μ * μ));
            }
            total += (square - mean * mean) / dimensions;
        }
        return total;
    }

    /// <summary>Draws a v of each of some streams.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="frame">Frame.</param>
    /// <param name="first">The first of the streams.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="count">Number of streams, 16 at most.</param>
    /// <param name="v">Receives v [C, 16], of which the first ones count.</param>
    public void Draw(uint member, uint frame, uint first, ulong seed, int count, Span<float> v)
    {
        _ = v[Room * dimensions - 1];
        if (Vector512.IsHardwareAccelerated)
            Draw<Lanes512<float>>(member, frame, first, seed, count, v);
        else if (Vector256.IsHardwareAccelerated)
            Draw<Lanes256<float>>(member, frame, first, seed, count, v);
        else
            Draw<Lanes128<float>>(member, frame, first, seed, count, v);
    }

    /// <inheritdoc cref="Draw(uint, uint, uint, ulong, int, Span{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void Draw<V>(uint member, uint frame, uint first, ulong seed, int count, Span<float> v)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        // Block 0 chooses the kernels; the normal numbers of four dimensions come from each of those after it.
        fixed (float* to = v, μ = means)
        fixed (double* L = factors)
        {
            var normals = stackalloc float[(dimensions + 3) / 4 * 4 * V.Count];
            for (var group = 0; group < count; group += V.Count)
            {
                var streams = PhiloxVectors.Streams<V>(first + (uint)group);
                var u = PhiloxVectors.Uniform(PhiloxVectors.Block(0, member, frame, streams, seed).X0);
                for (var block = 0; block < (dimensions + 3) / 4; block++)
                {
                    var (a, b, c, d) = PhiloxVectors.Normals((uint)block + 1, member, frame, streams, seed);
                    a.Store(normals + 4 * block * V.Count);
                    b.Store(normals + (4 * block + 1) * V.Count);
                    c.Store(normals + (4 * block + 2) * V.Count);
                    d.Store(normals + (4 * block + 3) * V.Count);
                }
                for (var k = 0; k < kernels; k++)
                {
                    var own = V.Greater(u, V.Of(k == 0 ? -1 : cumulated[k - 1]));
                    var row = L + k * Triangle;
                    for (var i = 0; i < dimensions; row += ++i)
                    {
                        var x = V.Of(μ[k * dimensions + i]);
                        for (var j = 0; j <= i; j++)
                            x = V.Fused(V.Of((float)row[j]), V.Load(normals + j * V.Count), x);
                        V.Select(own, x, V.Load(to + Room * i + group)).Store(to + Room * i + group);
                    }
                }
            }
        }
    }
}
