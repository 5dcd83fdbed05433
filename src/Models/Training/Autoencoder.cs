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

    /// <summary>What the training minimises: the mean squared reconstruction error, unless a kind knows better.</summary>
    /// <param name="batch">Fields [B, C·X].</param>
    /// <param name="step">Step of the training, from 0.</param>
    /// <param name="steps">Number of its steps.</param>
    public virtual Tensor Loss(Tensor batch, int step, int steps) => functional.mse_loss(call(batch), batch);

    /// <summary>Name that the model file gives to a parameter.</summary>
    public virtual string FileName(string parameter) => parameter;
}
