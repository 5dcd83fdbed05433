using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Host.Tests;

/// <summary>Models that nobody trained: their forecasts mean nothing, but everything around them can be tested.</summary>
public static class RandomModel
{
    private const int Inputs = 202, Points = 101;

    /// <summary>Random weights; decoded fields stay where FitzHugh-Nagumo lives.</summary>
    /// <param name="directory">Where to write the model.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="hidden">Widths of the encoder's hidden layers.</param>
    /// <param name="lstm">Hidden units of the propagator.</param>
    public static void Save(string directory, ulong seed = 1, int[]? hidden = null, int lstm = 8)
    {
        var reduction = new FeedForwardArchitecture { LatentSize = 2, HiddenLayers = [.. hidden ?? [16]] };
        var random = new Philox(seed, 0, 0, 0);
        var weights = new Dictionary<string, (long[], float[])>();
        Layers("encoder", reduction.Widths(Inputs));
        Layers("decoder", [.. reduction.Widths(Inputs).Reverse()]);
        Add("lstm.weight_ih", 2, 4 * lstm, 2);
        Add("lstm.weight_hh", lstm, 4 * lstm, lstm);
        Add("lstm.bias_ih", lstm, 4 * lstm);
        Add("lstm.bias_hh", lstm, 4 * lstm);
        Add("readout.weight", lstm, 2, lstm);
        Add("readout.bias", lstm, 2);
        ModelFile.Save(directory, Manifest(reduction, lstm, [-1.2, -0.3], [1.2, 0.3]), weights);

        void Layers(string name, ImmutableArray<int> widths)
        {
            for (var i = 0; i + 1 < widths.Length; i++)
            {
                Add($"{name}.{i}.weight", widths[i], widths[i + 1], widths[i]);
                Add($"{name}.{i}.bias", widths[i], widths[i + 1]);
            }
        }

        void Add(string name, int fanIn, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(random.NextNormal() / Math.Sqrt(fanIn));
            weights[name] = (shape, values);
        }
    }

    /// <summary>
    /// A model that lifts members with positive mean u to u = 40, from where the micro solver diverges, and the others to
    /// u = 0: the first latent is about the mean of u, and the propagator holds its sign.
    /// </summary>
    /// <param name="directory">Where to write the model.</param>
    public static void SaveExploding(string directory)
    {
        const float Range = 80, Saturate = 20;
        float[] encoder = new float[2 * Inputs], decoder = new float[2 * Inputs], bias = new float[Inputs];
        for (var j = 0; j < Points; j++)
            (encoder[j], encoder[Inputs + j], decoder[2 * j], bias[j]) = (Range / Points, Range / Points, 5, 5);
        float[] inputs = [0, 0, 0, 0, 2 * Saturate, 0, 0, 0]; // gates i, f, g, o of one unit; the sign goes in through g
        float[] gates = [Saturate, -Saturate, -Saturate, Saturate];
        var reduction = new FeedForwardArchitecture { LatentSize = 2, HiddenLayers = [] };
        ModelFile.Save(directory, Manifest(reduction, 1, [-40, -40], [40, 40]), new Dictionary<string, (long[], float[])>
        {
            ["encoder.0.weight"] = ([2, Inputs], encoder),
            ["encoder.0.bias"] = ([2], [-Range / 2, -Range / 2]),
            ["decoder.0.weight"] = ([Inputs, 2], decoder),
            ["decoder.0.bias"] = ([Inputs], bias),
            ["lstm.weight_ih"] = ([4, 2], inputs),
            ["lstm.weight_hh"] = ([4, 1], new float[4]),
            ["lstm.bias_ih"] = ([4], gates),
            ["lstm.bias_hh"] = ([4], new float[4]),
            ["readout.weight"] = ([2, 1], [Saturate, Saturate]),
            ["readout.bias"] = ([2], [0, 0]),
        });
    }

    private static ModelManifest Manifest(ReductionArchitecture reduction, int lstm, ImmutableArray<double> minimum, ImmutableArray<double> maximum) => new()
    {
        Study = "fhn",
        Points = Points,
        Reduction = reduction,
        Propagator = new LstmArchitecture { Hidden = lstm },
        ChannelMinimum = minimum,
        ChannelMaximum = maximum,
        LatentLow = [-1, -1],
        LatentHigh = [1, 1],
        LatentMinimum = [-1, -1],
        LatentMaximum = [1, 1],
        WeightsSha256 = "",
        Training = [],
    };
}
