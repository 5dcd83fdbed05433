using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>An autoencoder on scaled fields, as libtorch computes and trains it.</summary>
/// <param name="weights">Its weights, which belong to it from now on.</param>
internal abstract class Autoencoder(WeightTensors weights) : IDisposable
{
    /// <summary>Its weights.</summary>
    public WeightTensors Weights => weights;

    /// <summary>Enc(x): [B, C·X] → [B, d_z].</summary>
    public abstract Tensor Encode(Tensor x);

    /// <summary>Dec(z): [B, d_z] → [B, C·X] in (0, 1).</summary>
    public abstract Tensor Decode(Tensor z);

    /// <summary>What the training minimises: the mean squared reconstruction error, unless a kind knows better.</summary>
    /// <param name="batch">Fields [B, C·X].</param>
    /// <param name="step">Step of the training, from 0.</param>
    /// <param name="steps">Number of its steps.</param>
    public virtual Tensor Loss(Tensor batch, int step, int steps) => nn.functional.mse_loss(Decode(Encode(batch)), batch);

    /// <summary>What <see cref="Error"/> is called in records.</summary>
    public virtual string ErrorName => "Mse";

    /// <summary>How wrong it is on fields [B, C·X]: the mean squared reconstruction error, unless a kind knows better.</summary>
    public virtual Tensor Error(Tensor frames) => nn.functional.mse_loss(Decode(Encode(frames)), frames);

    /// <inheritdoc />
    public void Dispose()
    {
        Release();
        weights.Dispose();
    }

    /// <summary>Frees tensors beside the weights.</summary>
    protected virtual void Release()
    {
    }
}
