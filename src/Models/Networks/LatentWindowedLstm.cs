using LedCluster.Models.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>
/// The windowed LSTM stack; its memory is the frames known, [B, at most W, d_z]. Layers as in
/// <see cref="Inference.WindowedLstmPropagator"/>. The running means and variances of its normalisations stand among the weights, so that
/// checkpoints keep them; their gradient is always 0, and no optimiser moves them.
/// </summary>
internal sealed class LatentWindowedLstm : LatentNetwork
{
    /// <summary>Part of a running mean or variance that a batch replaces.</summary>
    private const double Momentum = 0.01;

    private readonly WindowedLstmArchitecture shape;
    private readonly int latentSize;
    private readonly LSTM[] layers; // their parameters are views of the weights
    private readonly List<(Tensor Running, Tensor Batch)> seen = []; // not put to use at once: backward passes want the weights as they were

    /// <summary>Makes the network of its weights.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="latentSize">Latent dimension d_z.</param>
    /// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
    public LatentWindowedLstm(WindowedLstmArchitecture shape, int latentSize, WeightTensors weights) : base(weights)
    {
        (this.shape, this.latentSize) = (shape, latentSize);
        using var off = no_grad();
        layers = [.. shape.Layers.Select((hidden, i) => Layer(i, i == 0 ? latentSize : shape.Layers[i - 1] * shape.Directions.Length, hidden))];
    }

    /// <summary>Whether normalisations take means and variances of the batch; <see cref="Settle"/> then updates the running ones.</summary>
    public bool Training { get; set; }

    /// <summary>The weights that it needs: those of cells start as Keras draws them, with the forget gates open.</summary>
    public static IEnumerable<WeightShape> Shapes(WindowedLstmArchitecture shape, int latentSize)
    {
        var inputs = latentSize;
        for (var i = 0; i < shape.Layers.Length; i++)
        {
            var hidden = shape.Layers[i];
            foreach (var direction in shape.Directions)
            {
                yield return WeightShape.Xavier($"layers.{i}.{direction}.weight_ih", 1, 4 * hidden, inputs);
                yield return WeightShape.Orthogonal($"layers.{i}.{direction}.weight_hh", 4 * hidden, hidden);
                yield return new($"layers.{i}.{direction}.bias", [4 * hidden], bias => bias.zero_().narrow(0, hidden, hidden).fill_(Numbers.Constant(1)));
            }
            inputs = hidden * shape.Directions.Length;
            if (shape.Normalised && i < shape.Layers.Length - 1)
                foreach (var norm in Normalisation($"layers.{i}", inputs))
                    yield return norm;
        }
        int[] widths = [.. shape.DenseLayers, latentSize];
        for (var i = 0; i < widths.Length; i++)
        {
            foreach (var dense in WeightShape.Dense($"dense.{i}", inputs, widths[i], i == widths.Length - 1 && shape.Increment ? 0.1 : 1))
                yield return dense;
            inputs = widths[i];
            if (shape.Normalised && i < widths.Length - 1)
                foreach (var norm in Normalisation($"dense.{i}", inputs))
                    yield return norm;
        }
    }

    /// <inheritdoc />
    public override Tensor[] Blank(long batch) => [zeros(batch, 0, latentSize, Weights.Type, Weights.Device)];

    /// <inheritdoc />
    public override Tensor[] Consume(Tensor latent, Tensor[] memory)
    {
        var frames = cat([memory[0], latent.unsqueeze(1)], 1);
        return [frames.narrow(1, Math.Max(0, frames.shape[1] - shape.Window), Math.Min(shape.Window, frames.shape[1]))];
    }

    /// <inheritdoc />
    public override (Tensor Next, Tensor[] Memory) Step(Tensor latent, Tensor[] memory)
    {
        memory = Consume(latent, memory);
        return (Next(memory[0]), memory);
    }

    /// <summary>The frame after the given ones: [B, steps, d_z] → [B, d_z].</summary>
    public Tensor Next(Tensor frames)
    {
        var x = frames;
        for (var i = 0; i < layers.Length; i++)
        {
            x = Run(layers[i], x); // [B, steps, H · directions]
            if (i < layers.Length - 1)
                x = Normalised($"layers.{i}", x.flatten(0, 1)).reshape(x.shape);
        }
        var hidden = shape.Layers[^1];
        x = shape.Bidirectional // the final output of each direction
            ? cat([x.select(1, x.shape[1] - 1).narrow(1, 0, hidden), x.select(1, 0).narrow(1, hidden, hidden)], 1)
            : x.select(1, x.shape[1] - 1); // [B, H · directions]
        for (var i = 0; i < shape.DenseLayers.Length; i++)
            x = Normalised($"dense.{i}", Dense(i, x).relu());
        x = Dense(shape.DenseLayers.Length, x);
        return shape.Increment ? frames.select(1, frames.shape[1] - 1).Plus(x) : x;
    }

    /// <summary>Updates running means and variances, after the backward pass and in the scope of the forward pass.</summary>
    public void Settle()
    {
        using var off = no_grad();
        foreach (var (running, batch) in seen)
            running.lerp_(batch, Momentum);
        seen.Clear();
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        foreach (var layer in layers)
            layer.Dispose();
        base.Dispose();
    }

    private static WeightShape[] Normalisation(string name, long size) =>
    [
        new($"{name}.norm.scale", [size], scale => scale.fill_(Numbers.Constant(1))), new($"{name}.norm.shift", [size], shift => shift.zero_()),
        new($"{name}.norm.mean", [size], mean => mean.zero_()), new($"{name}.norm.variance", [size], variance => variance.fill_(Numbers.Constant(1))),
    ];

    /// <summary>Always as in training: without gradients, the oneDNN of libtorch 2.10 computes float32 LSTM layers wrongly, without a word.</summary>
    private static Tensor Run(LSTM layer, Tensor x)
    {
        if (is_grad_enabled())
            return layer.call(x).Item1;
        using var on = enable_grad();
        return layer.call(x).Item1.detach();
    }

    private Tensor Dense(int i, Tensor x) => functional.linear(x, Weights[$"dense.{i}.weight"], Weights[$"dense.{i}.bias"]);

    /// <summary>Batch normalisation over rows, [rows, size].</summary>
    private Tensor Normalised(string name, Tensor x)
    {
        if (!shape.Normalised)
            return x;
        Tensor mean = Weights[$"{name}.norm.mean"].detach(), variance = Weights[$"{name}.norm.variance"].detach();
        if (Training)
        {
            var (batchMean, batchVariance) = (x.mean([0]), x.var(0, unbiased: false));
            seen.Add((mean, batchMean.detach()));
            seen.Add((variance, batchVariance.detach()));
            (mean, variance) = (batchMean, batchVariance);
        }
        return ((x - mean) * variance.Plus(WindowedLstmArchitecture.NormalisationEpsilon).rsqrt() * Weights[$"{name}.norm.scale"]).Plus(
            Weights[$"{name}.norm.shift"]);
    }

    private LSTM Layer(int index, long inputs, int hidden)
    {
        var layer = LSTM(inputs, hidden, batchFirst: true, bidirectional: shape.Bidirectional, device: Weights.Device, dtype: Weights.Type);
        for (var direction = 0; direction < shape.Directions.Length; direction++)
        {
            var (name, suffix) = ($"layers.{index}.{shape.Directions[direction]}", direction == 0 ? "l0" : "l0_reverse");
            foreach (var (part, weight) in ((string, string)[])[("weight_ih", "weight_ih"), ("weight_hh", "weight_hh"), ("bias_ih", "bias")])
            {
                var parameter = layer.get_parameter($"{part}_{suffix}");
                parameter!.set_(Weights[$"{name}.{weight}"].detach());
                parameter.grad = Weights[$"{name}.{weight}"].grad;
            }
            var second = layer.get_parameter($"bias_hh_{suffix}")!; // libtorch has two biases, of which one suffices
            second.zero_();
            second.requires_grad = false;
        }
        return layer;
    }
}
