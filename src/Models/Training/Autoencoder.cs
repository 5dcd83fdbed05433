using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>A trainable autoencoder on scaled fields.</summary>
internal abstract class Autoencoder() : Module<Tensor, Tensor>("autoencoder")
{
    /// <summary>Enc(x): [B, C·X] → [B, d_z].</summary>
    public abstract Tensor Encode(Tensor x);

    /// <summary>Dec(z): [B, d_z] → [B, C·X] in (0, 1).</summary>
    public abstract Tensor Decode(Tensor z);

    /// <summary>Dec(Enc(x)).</summary>
    public override Tensor forward(Tensor input) => Decode(Encode(input));
}
