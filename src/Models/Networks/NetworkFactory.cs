using LedCluster.Models.Checkpoints;
using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>The network of an architecture. A kind that is computed or trained by libtorch has a line here.</summary>
internal static class NetworkFactory
{
    /// <summary>The autoencoder of a reduction, with weights drawn for the start of a training; null when it has none.</summary>
    /// <param name="shape">Shape.</param>
    /// <param name="channels">Channels C of a field.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="seed">Seed of what a training draws, beside the weights.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="device">Where it computes.</param>
    public static Autoencoder? Autoencoder(ReductionArchitecture shape, int channels, int points, ulong seed, ScalarType type, Device device)
    {
        if (Shapes(shape) is not { } shapes)
            return null;
        var weights = new WeightTensors(shapes, type, device);
        return Build(shape);

        IEnumerable<WeightShape>? Shapes(ReductionArchitecture part) => part switch
        {
            FeedForwardArchitecture a => FeedForwardNetwork.Shapes(a.Widths(channels * points)),
            ConvolutionalArchitecture a => ConvolutionalNetwork.Shapes(a, channels, points),
            VariationalArchitecture a => Shapes(a.Network)?.Concat(VariationalNetwork.Shapes(a.LatentSize)),
            BandLimitedArchitecture a => Shapes(a.Network),
            PlaneConvolutionalArchitecture a => PlaneNetwork.Shapes(a, channels),
            PointwiseArchitecture a => PointwiseNetwork.Shapes(a, channels, points),
            ExchangeableArchitecture a => ExchangeableNetwork.Shapes(a, channels),
            _ => null,
        };

        Autoencoder Build(ReductionArchitecture part) => part switch
        {
            FeedForwardArchitecture a => new FeedForwardNetwork(a.Widths(channels * points), weights),
            ConvolutionalArchitecture a => new ConvolutionalNetwork(a, channels, points, weights),
            VariationalArchitecture a => new VariationalNetwork(Build(a.Network), a, seed, weights),
            BandLimitedArchitecture a => Build(a.Network),
            PlaneConvolutionalArchitecture a => new PlaneNetwork(a, channels, seed, weights),
            PointwiseArchitecture a => new PointwiseNetwork(a, channels, points, weights),
            ExchangeableArchitecture a => new ExchangeableNetwork(a, channels, points, seed, weights),
            _ => throw new ArgumentException($"No network for '{part.Summary}'.", nameof(shape)),
        };
    }

    /// <summary>The network of a propagator, with weights drawn for the start of a training; null when it has none.</summary>
    public static LatentNetwork? Propagator(PropagatorArchitecture shape, int latentSize, ScalarType type, Device device) => shape switch
    {
        LstmArchitecture a => new LatentLstm(a.Hidden, a.Increment, new(LatentLstm.Shapes(latentSize, a.Hidden, a.Increment), type, device)),
        LstmMixtureArchitecture a => new LatentLstmMixture(a, latentSize, new(LatentLstmMixture.Shapes(a, latentSize), type, device)),
        GruArchitecture a => new LatentGru(a.Hidden, a.Increment, new(LatentGru.Shapes(latentSize, a.Hidden, a.Increment), type, device)),
        PerceptronArchitecture a => new LatentPerceptron(
            a.HiddenLayers.Length + 1, a.Increment, new(LatentPerceptron.Shapes(a.Widths(latentSize), a.Increment), type, device)),
        WindowedLstmArchitecture a => new LatentWindowedLstm(a, latentSize, new(LatentWindowedLstm.Shapes(a, latentSize), type, device)),
        ConditionedArchitecture a => Propagator(a.Network, latentSize + a.Parameters.Length, type, device) is { } network
            ? new ConditionedNetwork(network, a.Parameters.Length)
            : null,
        _ => null,
    };

    /// <summary>The network of a propagator for forecasts, with a model file's weights; null when it has none.</summary>
    public static LatentNetwork? Forecasting(
        PropagatorArchitecture shape, int latentSize, ScalarType type, Device device, WeightArrays arrays)
    {
        // a memory that grows, and devices know neither parameters nor draws
        if (shape is WindowedLstmArchitecture or ConditionedArchitecture or LstmMixtureArchitecture)
            return null;
        var network = Propagator(shape, latentSize, type, device);
        network?.Weights.Load(arrays);
        return shape is LstmArchitecture lstm ? new LstmCellNetwork(lstm.Hidden, lstm.Increment, network!.Weights) : network;
    }
}
