using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Networks;

/// <summary>The autoencoder with a neural field; layers as <see cref="NeuralField"/> says.</summary>
internal sealed class NeuralFieldNetwork : Autoencoder
{
    private readonly NeuralFieldArchitecture shape;
    private readonly int channels;
    private readonly ulong seed;
    private readonly Tensor coordinates; // [points, axes]

    /// <summary>Makes the network of its weights.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="seed">Seed of the points that training draws.</param>
    /// <param name="weights">Weights as <see cref="Shapes"/> says.</param>
    public NeuralFieldNetwork(NeuralFieldArchitecture shape, int channels, ulong seed, WeightTensors weights) : base(weights)
    {
        (this.shape, this.channels, this.seed) = (shape, channels, seed);
        coordinates = tensor(shape.Coordinates()).reshape(-1, shape.Grid.Length).to(weights.Type).to(weights.Device).DetachFromDisposeScope();
    }

    private int Points => (int)coordinates.shape[0];

    /// <summary>The weights that it needs.</summary>
    public static IEnumerable<WeightShape> Shapes(NeuralFieldArchitecture shape, int channels)
    {
        var (encoder, decoder) = shape.Widths(channels);
        return [.. Stack("encoder", encoder), .. Stack("decoder", decoder)];

        static IEnumerable<WeightShape> Stack(string name, int[] widths) =>
            Enumerable.Range(0, widths.Length - 1).SelectMany(i => WeightShape.Dense($"{name}.{i}", widths[i], widths[i + 1]));
    }

    /// <inheritdoc />
    public override Tensor Encode(Tensor x) => Stack("encoder", shape.HiddenLayers.Length + 1, x);

    /// <inheritdoc />
    public override Tensor Decode(Tensor z) => At(z, coordinates).transpose(1, 2).flatten(1); // [B, C·X]

    /// <inheritdoc />
    public override Tensor Loss(Tensor batch, int step, int steps)
    {
        if (shape.TrainingPoints == 0 || shape.TrainingPoints >= Points)
            return base.Loss(batch, step, steps);
        var random = new Philox(seed, (uint)step, step: 0, stream: 8);
        var places = new long[shape.TrainingPoints];
        for (var i = 0; i < places.Length; i++)
            places[i] = random.NextIndex(Points);
        var chosen = tensor(places, device: batch.device);
        return functional.mse_loss(At(Encode(batch), coordinates.index_select(0, chosen)), batch.reshape(-1, channels, Points).index_select(2, chosen).transpose(1, 2));
    }

    /// <inheritdoc />
    protected override void Release() => coordinates.Dispose();

    /// <summary>Values at some points, [B, d_z] and [P, axes] → [B, P, C].</summary>
    private Tensor At(Tensor z, Tensor places)
    {
        var (batch, count) = (z.shape[0], places.shape[0]);
        var rows = cat([z.unsqueeze(1).expand(batch, count, -1), places.unsqueeze(0).expand(batch, count, -1)], 2); // [B, P, d_z + axes]
        return Stack("decoder", shape.FieldLayers.Length + 1, rows).tanh() * 0.5 + 0.5;
    }

    private Tensor Stack(string name, int layers, Tensor x)
    {
        for (var i = 0; i < layers; i++)
        {
            x = functional.linear(x, Weights[$"{name}.{i}.weight"], Weights[$"{name}.{i}.bias"]);
            if (i < layers - 1)
                x = functional.celu(x, 1);
        }
        return x;
    }
}
