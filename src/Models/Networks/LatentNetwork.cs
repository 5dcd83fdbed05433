using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>
/// A propagator on scaled latents, as libtorch computes and trains it; its prediction is ½ + ½ tanh(W h + b), unless it predicts
/// increments.
/// </summary>
/// <param name="weights">Its weights, which belong to it from now on.</param>
internal abstract class LatentNetwork(WeightTensors weights) : IDisposable
{
    /// <summary>Its weights.</summary>
    public WeightTensors Weights => weights;

    /// <summary>How many of the last components of a latent are inputs that it does not predict.</summary>
    public virtual int Inputs => 0;

    /// <summary>Memory of sequences that have not begun, one tensor [B, ·] per part; none for a propagator without memory.</summary>
    public abstract Tensor[] Blank(long batch);

    /// <summary>Consumes a latent [B, d_z] without predicting.</summary>
    public abstract Tensor[] Consume(Tensor latent, Tensor[] memory);

    /// <summary>Consumes a latent [B, d_z] and predicts the next.</summary>
    public abstract (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory);

    /// <summary>Runs over a sequence: step s consumes frame s where it is given, else the prediction of the step before.</summary>
    /// <param name="frames">Latents [S′, B, d_z]; those that are not given are not looked at.</param>
    /// <param name="given">Whether the frame of each step is given, [S]; the first must be.</param>
    /// <param name="memory">Memory at the start.</param>
    /// <returns>The prediction after each step, [S, B, d_z], and the memory after the last.</returns>
    public virtual (Tensor Path, Tensor[] Memory) Run(Tensor frames, bool[] given, Tensor[] memory)
    {
        var path = new Tensor[given.Length];
        for (var s = 0; s < given.Length; s++)
            (path[s], memory) = Step(given[s] ? frames.select(0, s) : path[s - 1], memory);
        return (stack(path), memory);
    }

    /// <inheritdoc />
    public virtual void Dispose() => weights.Dispose();
}

/// <summary>A propagator's network whose last components are inputs alone: constant in time, and never predicted.</summary>
/// <param name="network">The network of all components; it belongs to this one from now on.</param>
/// <param name="inputs">How many of the last components are inputs.</param>
internal sealed class ConditionedNetwork(LatentNetwork network, int inputs) : LatentNetwork(network.Weights)
{
    /// <inheritdoc />
    public override int Inputs => inputs;

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => network.Blank(batch);

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory) => network.Consume(latent, memory);

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        var (next, after) = network.Step(latent, memory);
        var predicted = latent.shape[1] - inputs;
        return (cat([next.narrow(1, 0, predicted), latent.narrow(1, predicted, inputs)], 1), after);
    }

    /// <inheritdoc />
    public override void Dispose() => network.Dispose();
}
