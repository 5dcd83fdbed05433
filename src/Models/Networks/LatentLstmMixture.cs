using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The mixture-density LSTM (<see cref="Propagators.Mixtures.LstmMixturePropagator"/>), trained by its likelihood under teacher forcing.
/// Whole sequences are one node of the graph (<see cref="LstmSequence"/>), whose readout is the layer of features; latents are padded with
/// zeros to as many.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="latentSize">Latent dimension d_z.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
internal sealed class LatentLstmMixture(LstmMixtureArchitecture shape, int latentSize, WeightTensors weights) : LatentNetwork(weights)
{
    private readonly LstmWorkspace workspace = new();
    private readonly MixtureLikelihood likelihood = new(shape.Kernels, latentSize, shape.LeastDeviation);
    private readonly string[] heads = [.. shape.Heads(latentSize).Select(head => head.Name)];

    /// <summary>The weights that it needs: recurrent ones start orthogonal; means and lower elements start near 0.</summary>
    public static IEnumerable<WeightShape> Shapes(LstmMixtureArchitecture shape, int latentSize) =>
    [
        WeightShape.Xavier("lstm.weight_ih", 1, 4 * shape.Hidden, latentSize), WeightShape.Orthogonal("lstm.weight_hh", 4 * shape.Hidden, shape.Hidden),
        WeightShape.Bias("lstm.bias_ih", 4 * shape.Hidden), WeightShape.Bias("lstm.bias_hh", 4 * shape.Hidden),
        .. WeightShape.Dense("features", shape.Hidden, shape.Features),
        .. shape.Heads(latentSize).SelectMany(head =>
            WeightShape.Dense(head.Name, shape.HeadInputs(latentSize), head.Outputs, head.Name is "mixture.mean" or "mixture.lower" ? 0.1 : 1)),
    ];

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) =>
        [zeros(batch, shape.Hidden, Weights.Type, Weights.Device), zeros(batch, shape.Hidden, Weights.Type, Weights.Device)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory) => Features(latent.unsqueeze(0), memory).Memory;

    /// <summary>The mean of what it would draw.</summary>
    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        var (path, now) = Features(latent.unsqueeze(0), memory);
        var features = HeadInputs(path, latent.unsqueeze(0));
        var (π, μ) = (Head(0, features).softmax(-1), Head(1, features).reshape(1, -1, shape.Kernels, latentSize));
        return (latent.Plus((π.unsqueeze(-1) * μ).sum(2L).squeeze(0)), now);
    }

    /// <summary>Mean negative log-likelihood of the changes of latents after the first frames, in nats per frame and in scaled units.</summary>
    /// <param name="frames">Known latents [S + 1, B, d_z].</param>
    /// <param name="skip">Frames at the beginning that do not count, while the memory is cold.</param>
    public Tensor NegativeLogLikelihood(Tensor frames, int skip)
    {
        var steps = (int)frames.shape[0] - 1;
        var (features, _) = Features(frames.narrow(0, 0, steps), Blank(frames.shape[1]));
        var changes = (frames.narrow(0, 1, steps) - frames.narrow(0, 0, steps)).narrow(0, skip, steps - skip).reshape(-1, 1, latentSize);
        features = HeadInputs(features, frames.narrow(0, 0, steps)).narrow(0, skip, steps - skip).flatten(0, 1);
        return likelihood.LogDensity(
            changes, Head(0, features), Head(1, features), Head(2, features), heads.Length > 3 ? Head(3, features) : null).mean().neg();
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        workspace.Dispose();
        base.Dispose();
    }

    private Tensor HeadInputs(Tensor features, Tensor latents) => shape.Skip ? cat([features, latents], -1) : features;

    private Tensor Head(int head, Tensor features) => functional.linear(features, Weights[$"{heads[head]}.weight"], Weights[$"{heads[head]}.bias"]);

    private (Tensor Path, Tensor[] Memory) Features(Tensor frames, Tensor[] memory)
    {
        var extra = shape.Features - latentSize;
        return LstmSequence.Run(
            new LstmWeights(
                Padded(Weights["lstm.weight_ih"], extra), Weights["lstm.weight_hh"], Weights["lstm.bias_ih"], Weights["lstm.bias_hh"],
                Weights["features.weight"], Weights["features.bias"]),
            workspace, Padded(frames, extra), [.. Enumerable.Repeat(true, (int)frames.shape[0])], increment: false, memory);
    }

    private static Tensor Padded(Tensor x, int extra) => extra == 0 ? x : cat([x, zeros([.. x.shape[..^1], extra], x.dtype, x.device)], -1);
}
