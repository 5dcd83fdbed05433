using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The convolutional autoencoder on a plane; layers as <see cref="PlaneAutoencoder"/> says. A convolution is libtorch's unfold and a matrix product, a
/// transposed one a matrix product and its fold: the oneDNN of libtorch 2.10 computes some float32 convolutions wrongly.
/// </summary>
internal sealed class PlaneNetwork : Autoencoder
{
    private readonly PlaneConvolutionalArchitecture shape;
    private readonly ulong seed;
    private readonly int channels;
    private readonly Tensor? values, points; // masks of the values that are decoded, and of the points that are read
    private Philox? dropped;                // in training, draws what is dropped

    /// <summary>Makes the network of its weights.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="seed">Seed of what is dropped in training.</param>
    /// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
    public PlaneNetwork(PlaneConvolutionalArchitecture shape, int channels, ulong seed, WeightTensors weights) : base(weights)
    {
        (this.shape, this.channels, this.seed) = (shape, channels, seed);
        if (!shape.Mask)
            return;
        values = tensor(shape.ValueMask(channels), dtype: weights.Type, device: weights.Device).DetachFromDisposeScope();
        points = tensor(shape.PointMask(channels), [1, 1, shape.Grid[0], shape.Grid[1]], dtype: weights.Type, device: weights.Device).DetachFromDisposeScope();
    }

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(PlaneConvolutionalArchitecture shape, int channels) =>
        [
            .. shape.Layers(channels).SelectMany(layer => WeightShape.Dense(layer.Name, layer.Inputs, layer.Outputs)),
            .. shape.Offset
                ? [new(PlaneConvolutionalArchitecture.OffsetName, [channels * shape.Grid[0] * shape.Grid[1]], offset => offset.zero_())]
                : (WeightShape[])[],
        ];

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        var (rows, columns, stride) = ((long)shape.Grid[0], (long)shape.Grid[1], (long)shape.InputStride);
        x = x.reshape(x.shape[0], channels, rows, columns);
        // [B, C, rows, columns]
        x = (points is null ? x : cat([x, points.expand(x.shape[0], -1, -1, -1)], 1)).slice(2, 0, rows, stride).slice(3, 0, columns, stride);
        for (var i = 0; i < shape.Channels.Length; i++)
            x = functional.max_pool2d(Convolution($"encoder.{i}", x).Celu(), 2);
        x = x.permute(0, 2, 3, 1).flatten(1); // [B, points · C]
        for (var i = 0; i < shape.EncoderLayers.Length; i++)
            x = Dropped(Dense($"toLatent.{i}", x).Celu(), keep: i == 0);
        return Dense($"toLatent.{shape.EncoderLayers.Length}", x);
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        for (var i = 0; i < shape.DecoderLayers.Length; i++)
            z = Dropped(Dense($"fromLatent.{i}", z).Celu(), keep: i == shape.DecoderLayers.Length - 1);
        z = z.reshape(z.shape[0], shape.CoarseGrid[0], shape.CoarseGrid[1], -1).permute(0, 3, 1, 2); // [B, C, rows, columns]
        for (var i = 0; i < shape.Decoder.Length; i++)
        {
            z = Transposed($"decoder.{i}", z, shape.Decoder[i]);
            if (i < shape.Decoder.Length - 1)
                z = z.Celu();
        }
        z = z.flatten(1); // [B, C·X]
        z = values is null ? z : z * values;
        return shape.Offset ? z.Plus(Weights[PlaneConvolutionalArchitecture.OffsetName]) : z;
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
        values?.Dispose();
        points?.Dispose();
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

    /// <summary>[B, C, rows, columns] → [B, channels of the output, rows, columns], 3 × 3 taps between zeros.</summary>
    private Tensor Convolution(string name, Tensor x)
    {
        var (weight, depth) = (Weights[$"{name}.weight"], x.shape[1]);
        weight = weight.reshape(-1, 9, depth).transpose(1, 2).reshape(-1, depth * 9); // channels, and the taps of each together, as unfold has them
        return Product(weight, functional.unfold(x, 3, padding: 1)).Plus(Weights[$"{name}.bias"].unsqueeze(1)).unflatten(2, x.shape[2], x.shape[3]);
    }

    /// <summary>[B, C, rows, columns] → [B, channels of the output, rows of the output, columns of the output].</summary>
    private Tensor Transposed(string name, Tensor x, TransposedConvolution layer)
    {
        var (kernel, stride) = ((long)layer.Kernel, (long)layer.Stride);
        var spread = Product(Weights[$"{name}.weight"].reshape(-1, x.shape[1]), x.flatten(2)); // [B, channels · taps, points]
        var (rows, columns) = (Reached(x.shape[2]), Reached(x.shape[3]));
        var y = functional.fold(spread, (rows, columns), (kernel, kernel), stride: (stride, stride));
        if (!layer.Full)
            y = y.narrow(2, 0, stride * x.shape[2]).narrow(3, 0, stride * x.shape[3]);
        return y.Plus(Weights[$"{name}.bias"].reshape(-1, 1, 1));

        long Reached(long n) => layer.Full ? (n - 1) * stride + kernel : Math.Max((n - 1) * stride + kernel, n * stride);
    }

    /// <summary>A matrix [out, in] times those of a batch, [B, in, points].</summary>
    private static Tensor Product(Tensor matrix, Tensor batch) => matrix.unsqueeze(0).expand(batch.shape[0], -1, -1).bmm(batch);

    private Tensor Dense(string name, Tensor x) => functional.linear(x, Weights[$"{name}.weight"], Weights[$"{name}.bias"]);
}
