using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training;

/// <summary>
/// The trainable feed-forward autoencoder on scaled fields: CELU after every layer, the latent included; layers of equal
/// size add their input; the output is ½ + ½ tanh (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement).
/// </summary>
internal sealed class FeedForwardNetwork : Autoencoder
{
    private readonly ModuleList<Linear> encoder, decoder;

    /// <summary>Weights are Xavier-uniform, biases 0.001; drawn from torch's generator.</summary>
    /// <param name="widths">Widths from the input to the latent; the decoder mirrors them.</param>
    /// <param name="type">Type of the weights.</param>
    public FeedForwardNetwork(IReadOnlyList<int> widths, ScalarType type)
    {
        encoder = Stack([.. widths], type);
        decoder = Stack([.. widths.Reverse()], type);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Encode(Tensor x)
    {
        foreach (var layer in encoder)
            x = functional.celu(Apply(layer, x), 1);
        return x;
    }

    /// <inheritdoc />
    public override Tensor Decode(Tensor z)
    {
        for (var i = 0; i < decoder.Count - 1; i++)
            z = functional.celu(Apply(decoder[i], z), 1);
        return Apply(decoder[decoder.Count - 1], z).tanh() * 0.5 + 0.5;
    }

    private static Tensor Apply(Linear layer, Tensor x)
    {
        var y = layer.call(x);
        return layer.weight.shape is [var rows, var columns] && rows == columns ? y + x : y;
    }

    private static ModuleList<Linear> Stack(int[] widths, ScalarType type)
    {
        var layers = new ModuleList<Linear>();
        for (var i = 0; i + 1 < widths.Length; i++)
        {
            var layer = Linear(widths[i], widths[i + 1], dtype: type);
            init.xavier_uniform_(layer.weight);
            init.constant_(layer.bias!, 0.001);
            layers.Add(layer);
        }
        return layers;
    }
}
