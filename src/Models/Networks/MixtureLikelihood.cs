using LedCluster.Models.Reductions.Mixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>Log-density of a mixture of Gaussians as <see cref="GaussianMixture"/> has it, with gradients.</summary>
/// <param name="kernels">K.</param>
/// <param name="dimensions">C.</param>
/// <param name="floor">Least element of the diagonal of L.</param>
internal sealed class MixtureLikelihood(int kernels, int dimensions, double floor)
{
    /// <summary>ln Σ_k π_k N(v; μ_k, L_k L_kᵀ).</summary>
    /// <param name="v">v [B, P, C].</param>
    /// <param name="logits">[B, K].</param>
    /// <param name="means">[B, K·C].</param>
    /// <param name="diagonal">[B, K·C].</param>
    /// <param name="lower">[B, K·C(C − 1)/2]; null for one dimension.</param>
    /// <returns>[B, P].</returns>
    public Tensor LogDensity(Tensor v, Tensor logits, Tensor means, Tensor diagonal, Tensor? lower)
    {
        var (μ, d) = (
            means.reshape(-1, 1, kernels, dimensions),
            diagonal.relu().Plus(diagonal.abs().neg().exp().log1p()).Plus(floor).reshape(-1, 1, kernels, dimensions));
        var l = lower?.reshape(-1, 1, kernels, dimensions * (dimensions - 1) / 2);
        var score = functional.log_softmax(logits, 1).unsqueeze(1) - d.log().sum(3L); // [B, 1, K]
        var residuals = new Tensor[dimensions];                                      // [B, P, K] each
        for (int i = 0, at = 0; i < dimensions; i++)
        {
            var r = v.narrow(2, i, 1) - μ.select(3, i);
            for (var j = 0; j < i; j++)
                r = r - l!.select(3, at++) * residuals[j];
            residuals[i] = r / d.select(3, i);
            score = score - residuals[i].Squared().Times(0.5);
        }
        return score.logsumexp(2).Plus(-0.5 * dimensions * Math.Log(2 * Math.PI));
    }

    /// <summary>v [same shape] and ln dv/ds of scaled coordinates s.</summary>
    public static (Tensor Value, Tensor LogSlope) Unbounded(Tensor s, BoundedVariable variable)
    {
        if (variable == BoundedVariable.None)
            return (s, zeros_like(s));
        s = s.clamp(Numbers.Constant(BoundedVariables.Margin), Numbers.Constant(1 - BoundedVariables.Margin));
        if (variable == BoundedVariable.Softplus)
        {
            var rest = s.neg().exp().neg().Plus(1).log(); // ln(1 − e^−s)
            return (s.Plus(rest), rest.neg());
        }
        Tensor log = s.log(), other = s.neg().Plus(1).log();
        return (log - other, log.Plus(other).neg());
    }
}
