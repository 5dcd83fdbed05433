using System.Collections.Immutable;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Feed-forward autoencoder and LSTM propagator: the encoder's layers have CELU after every one, the latent included, and
/// add their input where it has the same size; the decoder mirrors it and ends in ½ + ½ tanh.
/// </summary>
/// <param name="Inputs">C·X numbers per field.</param>
/// <param name="HiddenLayers">Widths of the encoder's hidden layers; the decoder's are the same in reverse.</param>
/// <param name="LatentSize">Latent dimension d_z.</param>
/// <param name="LstmSize">Hidden units H of the LSTM.</param>
public sealed record ModelArchitecture(int Inputs, ImmutableArray<int> HiddenLayers, int LatentSize, int LstmSize)
{
    /// <summary>Widths of the encoder from input to latent.</summary>
    public ImmutableArray<int> EncoderWidths => [Inputs, .. HiddenLayers, LatentSize];

    /// <summary>Widths of the decoder from latent to output.</summary>
    public ImmutableArray<int> DecoderWidths => [.. EncoderWidths.Reverse()];
}
