using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

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
