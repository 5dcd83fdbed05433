using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>A trainable propagator on scaled latents; its prediction is ½ + ½ tanh(W h + b), unless it predicts increments.</summary>
internal abstract class LatentNetwork() : Module<Tensor, Tensor[], (Tensor Next, Tensor[] Memory)>("propagator")
{
    /// <summary>Memory of sequences that have not begun, one tensor [B, ·] per part; none for a propagator without memory.</summary>
    public abstract Tensor[] Blank(long batch);

    /// <summary>Consumes a latent [B, d_z] without predicting.</summary>
    public abstract Tensor[] Consume(Tensor latent, Tensor[] memory);

    /// <summary>Name that the model file gives to a parameter.</summary>
    public abstract string FileName(string parameter);
}
