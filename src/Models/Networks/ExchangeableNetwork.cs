using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Reductions.Mixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The permutation-invariant encoder and mixture-density decoder on scaled fields (<see cref="ExchangeableReduction"/>), trained by maximum
/// likelihood. The last map of a point is linear, so that the mean is taken before it.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="channels">Channels C of a field.</param>
/// <param name="points">Points N.</param>
/// <param name="seed">Seed of the points that count in a step.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class ExchangeableNetwork(ExchangeableArchitecture shape, int channels, int points, ulong seed, WeightTensors weights) : Autoencoder(weights)
{
    /// <summary>Frames encoded at once without gradients.</summary>
    private const int FramesTogether = 32;

    /// <summary>Lower elements start near 0.</summary>
    private const double LowerGain = 1e-3;

    private readonly (string Name, int Inputs, int Outputs)[][] stacks = shape.Stacks(channels);
    private readonly MixtureLikelihood likelihood = new(shape.Kernels, channels, shape.LeastDeviation);

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(ExchangeableArchitecture shape, int channels) => shape.Stacks(channels).SelectMany(stack => stack)
        .SelectMany(layer => WeightShape.Dense(layer.Name, layer.Inputs, layer.Outputs, layer.Name == "mixture.lower" ? LowerGain : 1));

    /// <inheritdoc />
    public override string ErrorName => "NegativeLogLikelihood";

    /// <inheritdoc />
    public override Tensor Encode(Tensor x) =>
        is_grad_enabled() || x.shape[0] <= FramesTogether ? Encoded(x) : cat([.. x.split(FramesTogether).Select(Encoded)]);

    /// <inheritdoc />
    public override Tensor Decode(Tensor z) =>
        throw new NotSupportedException("A decoder that draws has no gradient of what it draws; it is trained by its likelihood.");

    /// <summary>Negative log-likelihood of a point in scaled units, of as many points of each frame as the shape says, others in each step.</summary>
    /// <inheritdoc />
    public override Tensor Loss(Tensor batch, int step, int steps)
    {
        var random = new Philox(seed, (uint)step, step: 0, stream: 6);
        var likelihood = Counted(ref random, shape.LikelihoodPoints);
        if (shape.EncoderPoints is 0 || shape.EncoderPoints >= points)
            return Negative(batch, Encode(batch), likelihood.First, likelihood.Count);
        var seen = Counted(ref random, shape.EncoderPoints);
        return Negative(batch, Encoded(batch.reshape(-1, channels, points).narrow(2, seen.First, seen.Count)), likelihood.First, likelihood.Count);
    }

    /// <summary>The same of given latents, which have no gradient.</summary>
    /// <param name="batch">Frames [B, C·N].</param>
    /// <param name="latents">Their latents [B, d_z].</param>
    /// <param name="step">Index of the step.</param>
    public Tensor DecoderLoss(Tensor batch, Tensor latents, int step)
    {
        var random = new Philox(seed, (uint)step, step: 1, stream: 6);
        var (first, count) = Counted(ref random, shape.LikelihoodPoints);
        return Negative(batch, latents, first, count);
    }

    /// <summary>Consecutive points, from a random one on.</summary>
    private (int First, int Count) Counted(ref Philox random, int most)
    {
        var count = Math.Min(points, most);
        return (random.NextIndex(points - count + 1), count);
    }

    /// <inheritdoc />
    public override Tensor Error(Tensor frames)
    {
        var sum = zeros([], Weights.Type, Weights.Device);
        foreach (var part in frames.split(FramesTogether))
        {
            using var scope = NewDisposeScope();
            sum.PlusInPlace(Negative(part, Encoded(part), 0, points).Times(part.shape[0]));
        }
        return sum.div(Numbers.Constant(frames.shape[0]));
    }

    private Tensor Negative(Tensor frames, Tensor z, int first, int count)
    {
        var s = frames.reshape(-1, channels, points).narrow(2, first, count).transpose(1, 2); // [B, P, C]
        var (v, logSlope) = MixtureLikelihood.Unbounded(s, shape.Variable);
        var hidden = Stack(2, z, tanhLast: true);
        Tensor? Head(int head) => stacks[3].Length <= head ? null : Dense(stacks[3][head].Name, hidden);
        return likelihood.LogDensity(v, Head(0)!, Head(1)!, Head(2)!, Head(3)).Plus(logSlope.sum(2L)).mean().neg();
    }

    private Tensor Encoded(Tensor x)
    {
        var mean = Stack(0, x.reshape(x.shape[0], channels, -1).transpose(1, 2), tanhLast: true).mean([1L]); // [B, N, C] → [B, ·]
        return Stack(1, mean, tanhLast: false);
    }

    private Tensor Stack(int stack, Tensor x, bool tanhLast)
    {
        for (var i = 0; i < stacks[stack].Length; i++)
        {
            x = Dense(stacks[stack][i].Name, x);
            if (!(stack == 1 && i == 0) && (tanhLast || i < stacks[stack].Length - 1)) // features are linear
                x = x.tanh();
        }
        return x;
    }

    private Tensor Dense(string name, Tensor x) => functional.linear(x, Weights[$"{name}.weight"], Weights[$"{name}.bias"]);
}
