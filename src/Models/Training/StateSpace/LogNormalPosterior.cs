using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// Mean-field approximation of a posterior: every x is log-normal by itself, ln x ~ N(μ, s²). E x = e^{μ + s²/2}, Var x = (e^{s²} − 1)(E x)².
/// </summary>
/// <param name="μ">μ, of any shape.</param>
/// <param name="logDeviation">ln s, of the same shape.</param>
internal sealed class LogNormalPosterior(Tensor μ, Tensor logDeviation)
{
    private static readonly double EntropyOffset = 0.5 * Math.Log(2 * Math.PI * Math.E);

    private readonly Tensor variance = logDeviation.Times(2).exp(); // s²

    /// <summary>E ln x = μ.</summary>
    public Tensor LogMean => μ;

    /// <summary>E x.</summary>
    public Tensor Mean { get; } = μ.Plus(logDeviation.Times(2).exp().Times(0.5)).exp();

    /// <summary>Var x.</summary>
    public Tensor Variance => variance.expm1() * Mean.Squared();

    /// <summary>Entropy of all x together, Σ(μ + ln s + ½ ln 2πe).</summary>
    public Tensor Entropy => μ.Plus(logDeviation).Plus(EntropyOffset).sum();

    /// <summary>x as a function of a standard normal ε, of the same shape, through which gradients flow.</summary>
    public Tensor Sample(Tensor ε) => μ.Plus(logDeviation.exp() * ε).exp();
}
