using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The convolutional autoencoder on a plane; layers as <see cref="PlaneAutoencoder"/> says. As there, a convolution is a gather and a matrix
/// product: the oneDNN of libtorch 2.10 computes some float32 convolutions wrongly.
/// </summary>
internal sealed class PlaneNetwork : Autoencoder
{
    private readonly PlaneConvolutionalArchitecture shape;
    private readonly ulong seed;
    private readonly int channels;
    private readonly Tensor inputs;         // places of what the encoder reads
    private readonly Tensor[] down, up;     // places of what each layer gathers, with one more for zero
    private Philox? dropped;                // in training, draws what is dropped

    /// <summary>Makes the network of its weights.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="seed">Seed of what is dropped in training.</param>
    /// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
    public PlaneNetwork(PlaneConvolutionalArchitecture shape, int channels, ulong seed, WeightTensors weights) : base(weights)
    {
        (this.shape, this.channels, this.seed) = (shape, channels, seed);
        var (encoder, decoder) = shape.Tables();
        inputs = Places(PlaneSampling.Places(shape.Grid, shape.InputStride));
        var (points, coarse) = (shape.InputGrid[0] * shape.InputGrid[1], shape.CoarseGrid[0] * shape.CoarseGrid[1]);
        down = [.. encoder.Select(taps => Gathered(taps, taps.Rows * taps.Columns))];
        up = [.. decoder.Select((taps, i) => Gathered(taps, i == 0 ? coarse : decoder[i - 1].Rows * decoder[i - 1].Columns))];

        Tensor Gathered(PlaneTaps taps, int zero) => Places(taps.Sources.Select(source => source < 0 ? zero : source));
        Tensor Places(IEnumerable<int> places) => tensor([.. places.Select(place => (long)place)], device: weights.Device).DetachFromDisposeScope();
    }

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(PlaneConvolutionalArchitecture shape, int channels) =>
        shape.Layers(channels).SelectMany(layer => WeightShape.Dense(layer.Name, layer.Inputs, layer.Outputs));

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        x = x.reshape(x.shape[0], channels, -1).transpose(1, 2).index_select(1, inputs); // [B, points, C]
        var (rows, columns) = ((long)shape.InputGrid[0], (long)shape.InputGrid[1]);
        for (var i = 0; i < down.Length; i++, rows /= 2, columns /= 2)
        {
            x = Convolution($"encoder.{i}", x, down[i]).Celu().reshape(x.shape[0], rows, columns, shape.Channels[i]); // [B, rows, columns, C]
            x = x.narrow(1, 0, rows / 2 * 2).narrow(2, 0, columns / 2 * 2).reshape(x.shape[0], rows / 2, 2, columns / 2, 2, shape.Channels[i])
                .amax([2, 4]).flatten(1, 2); // [B, points / 4, C]
        }
        x = x.flatten(1);
        for (var i = 0; i < shape.EncoderLayers.Length; i++)
            x = Dropped(Dense($"toLatent.{i}", x).Celu(), keep: i == 0);
        return Dense($"toLatent.{shape.EncoderLayers.Length}", x);
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        for (var i = 0; i < shape.DecoderLayers.Length; i++)
            z = Dropped(Dense($"fromLatent.{i}", z).Celu(), keep: i == shape.DecoderLayers.Length - 1);
        z = z.reshape(z.shape[0], shape.CoarseGrid[0] * shape.CoarseGrid[1], -1); // [B, points, C]
        for (var i = 0; i < up.Length; i++)
        {
            z = Convolution($"decoder.{i}", z, up[i]);
            if (i < up.Length - 1)
                z = z.Celu();
        }
        return z.transpose(1, 2).flatten(1); // [B, C·X]
    }

    /// <inheritdoc />
    public override Tensor Loss(Tensor batch, int step, int steps)
    {
        dropped = shape.Dropout > 0 ? new Philox(seed, (uint)step, step: 0, stream: 7) : null;
        var loss = base.Loss(batch, step, steps);
        dropped = null;
        return loss;
    }

    /// <inheritdoc />
    protected override void Release()
    {
        foreach (var places in (Tensor[])[inputs, .. down, .. up])
            places.Dispose();
    }

    /// <summary>Sets a part of the numbers to 0 and scales the others up (Srivastava et al. 2014), in training.</summary>
    private Tensor Dropped(Tensor x, bool keep)
    {
        if (keep || dropped is not { } random)
            return x;
        var mask = new float[x.numel()];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = random.NextUniform() < shape.Dropout ? 0 : (float)(1 / (1 - shape.Dropout));
        dropped = random;
        return x * tensor(mask, x.shape).to(x.dtype).to(x.device);
    }

    /// <summary>[B, points, C] → [B, points of the output, channels of the output].</summary>
    private Tensor Convolution(string name, Tensor x, Tensor places)
    {
        var (batch, depth) = (x.shape[0], x.shape[2]);
        var taps = Weights[$"{name}.weight"].shape[1] / depth;
        var windows = cat([x, zeros(batch, 1, depth, x.dtype, x.device)], 1).index_select(1, places); // [B, points · taps, C]
        return Dense(name, windows.reshape(batch, -1, taps * depth));
    }

    private Tensor Dense(string name, Tensor x) => functional.linear(x, Weights[$"{name}.weight"], Weights[$"{name}.bias"]);
}
