using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The variational autoencoder: in training the decoder gets z = μ + σ ε, ε normal; otherwise the mean μ. μ and
/// ln σ² are affine in the output of an autoencoder's encoder.
/// </summary>
/// <param name="network">Encoder and decoder, with the same weights.</param>
/// <param name="shape">Shape.</param>
/// <param name="seed">Seed of ε.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says, beside those of the network.</param>
internal sealed class VariationalNetwork(Autoencoder network, VariationalArchitecture shape, ulong seed, WeightTensors weights) : Autoencoder(weights)
{
    /// <summary>The weights that it needs beside those of its network.</summary>
    public static IEnumerable<WeightShape> Shapes(int latentSize) =>
        [.. WeightShape.Dense("mean", latentSize, latentSize), .. WeightShape.Dense("logVariance", latentSize, latentSize)];

    /// <inheritdoc />
    public override Tensor Encode(Tensor x) => Dense("mean", network.Encode(x));

    /// <inheritdoc />
    public override Tensor Decode(Tensor z) => network.Decode(z);

    /// <summary>
    /// (Σ(x − Dec(z))² + w D) / (numbers in the batch) with the Kullback-Leibler divergence from the standard normal
    /// distribution D = ½ Σ(μ² + σ² − ln σ² − 1) and <see cref="Weight"/> w times its largest value.
    /// </summary>
    public override Tensor Loss(Tensor batch, int step, int steps)
    {
        var code = network.Encode(batch);
        var (μ, logσ2) = (Dense("mean", code), Dense("logVariance", code));
        var random = new Philox(seed, (uint)step, step: 0, stream: 5);
        var ε = tensor([.. Enumerable.Range(0, (int)μ.numel()).Select(_ => random.NextNormal())], μ.shape).to(μ.dtype).to(μ.device);
        var error = functional.mse_loss(Decode(μ.Plus(logσ2.Times(0.5).exp() * ε)), batch, Reduction.Sum);
        var divergence = μ.Squared().Plus(logσ2.exp() - logσ2).Plus(-1).sum().Times(0.5);
        using var weight = Numbers.Number(shape.DivergenceWeight * Weight(step, steps));
        return error.Plus(divergence.mul(weight)).div(Numbers.Constant(batch.numel()));
    }

    private Tensor Dense(string name, Tensor x) => functional.linear(x, Weights[$"{name}.weight"], Weights[$"{name}.bias"]);

    /// <summary>
    /// How much of the divergence counts: 1 − k/(k + e^{s/k}) with k = (S/4)/W(S/4), Lambert's W, at step s of S. It rises
    /// from nearly 0 and passes ½ at S/4 (reference code of the LED paper).
    /// </summary>
    public static double Weight(int step, int steps)
    {
        var quarter = Math.Max(steps, 4) / 4.0;
        var w = Math.Log(1 + quarter);
        for (var i = 0; i < 20; i++) // Newton's method for w e^w = S/4, as w + ln w = ln(S/4)
            w *= (1 + Math.Log(quarter / w)) / (1 + w);
        var k = quarter / w;
        return 1 / (1 + k * Math.Exp(-step / k));
    }
}
