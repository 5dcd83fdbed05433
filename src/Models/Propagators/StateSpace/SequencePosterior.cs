using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Propagators.StateSpace;

/// <summary>The approximate posterior of the sequences that a state-space model was trained on, as its file keeps it: ln X ~ N(μ, s²).</summary>
/// <param name="Sequences">Number of sequences S.</param>
/// <param name="Frames">Frames T + 1 of each.</param>
/// <param name="LogMeans">μ [S, T + 1, B].</param>
/// <param name="Deviations">s [S, T + 1, B].</param>
public sealed record SequencePosterior(int Sequences, int Frames, float[] LogMeans, float[] Deviations)
{
    /// <summary>Reads the posterior of a model.</summary>
    /// <param name="directory">The model's directory.</param>
    /// <exception cref="InvalidDataException">The model has none.</exception>
    public static SequencePosterior Read(string directory)
    {
        var path = Path.Combine(directory, ModelFile.WeightsName);
        var arrays = Safetensors.Read(path);
        return arrays.TryGetValue("posterior.mean", out var mean) && arrays.TryGetValue("posterior.deviation", out var deviation)
            && mean.Shape.Length == 3 && mean.Shape.SequenceEqual(deviation.Shape)
            ? new((int)mean.Shape[0], (int)mean.Shape[1], mean.Values, deviation.Values)
            : throw new InvalidDataException(
                $"'{path}' has no posterior of training sequences: it is not the file of a state-space model. "
                + "Choose a model whose propagator is of kind transition.");
    }

    /// <summary>Bins B.</summary>
    public int Bins => LogMeans.Length / (Sequences * Frames);

    /// <summary>E X of a sequence, [T + 1, B].</summary>
    public double[] Mean(int sequence) => At(sequence, (μ, s) => Math.Exp(μ + 0.5 * s * s));

    /// <summary>A quantile of each X of a sequence, [T + 1, B].</summary>
    /// <param name="sequence">Index of the sequence.</param>
    /// <param name="deviations">The quantile of the standard normal distribution, 1.96 for 97.5 %.</param>
    public double[] Quantile(int sequence, double deviations) => At(sequence, (μ, s) => Math.Exp(μ + deviations * s));

    private double[] At(int sequence, Func<double, double, double> value)
    {
        var row = Frames * Bins;
        return [.. Enumerable.Range(sequence * row, row).Select(i => value(LogMeans[i], Deviations[i]))];
    }
}
