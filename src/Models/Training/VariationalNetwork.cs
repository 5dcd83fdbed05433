using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>
/// The trainable variational autoencoder: in training the decoder gets z = μ + σ ε, ε normal; otherwise the mean μ. μ and
/// ln σ² are affine in the output of an autoencoder's encoder.
/// </summary>
internal sealed class VariationalNetwork : Autoencoder
{
    private const string NetworkName = "network";

    private readonly Autoencoder network;
    private readonly Linear mean, logVariance;
    private readonly double divergenceWeight;
    private readonly ulong seed;

    /// <summary>Weights are Xavier-uniform, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="network">Encoder and decoder; belongs to this from now on.</param>
    /// <param name="shape">Shape.</param>
    /// <param name="seed">Seed of ε.</param>
    /// <param name="type">Type of the weights.</param>
    public VariationalNetwork(Autoencoder network, VariationalArchitecture shape, ulong seed, ScalarType type)
    {
        (this.network, divergenceWeight, this.seed) = (network, shape.DivergenceWeight, seed);
        mean = Linear(shape.LatentSize, shape.LatentSize, dtype: type);
        logVariance = Linear(shape.LatentSize, shape.LatentSize, dtype: type);
        foreach (var layer in (Linear[])[mean, logVariance])
        {
            init.xavier_uniform_(layer.weight);
            init.constant_(layer.bias!, 0.001);
        }
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Encode(Tensor x) => mean.call(network.Encode(x));

    /// <inheritdoc />
    public override Tensor Decode(Tensor z) => network.Decode(z);

    /// <inheritdoc />
    public override string FileName(string parameter) => parameter.Replace(NetworkName + ".", "", StringComparison.Ordinal);

    /// <summary>
    /// (Σ(x − Dec(z))² + w D) / (numbers in the batch) with the Kullback-Leibler divergence from the standard normal
    /// distribution D = ½ Σ(μ² + σ² − ln σ² − 1) and <see cref="Weight"/> w times its largest value.
    /// </summary>
    public override Tensor Loss(Tensor batch, int step, int steps)
    {
        var code = network.Encode(batch);
        var (μ, logσ2) = (mean.call(code), logVariance.call(code));
        var random = new Philox(seed, (uint)step, step: 0, stream: 5);
        var ε = tensor([.. Enumerable.Range(0, (int)μ.numel()).Select(_ => random.NextNormal())], μ.shape).to(μ.dtype);
        var error = functional.mse_loss(Decode(μ + (logσ2 * 0.5).exp() * ε), batch, Reduction.Sum);
        var divergence = (μ.square() + logσ2.exp() - logσ2 - 1).sum() * 0.5;
        return (error + divergence * (divergenceWeight * Weight(step, steps))) / batch.numel();
    }

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
