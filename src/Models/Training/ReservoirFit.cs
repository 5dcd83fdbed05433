using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Training;

/// <summary>
/// Readout of a reservoir by ridge regression: the reservoir is driven with the true latents, from rest, and W_out maps φ(h_t) to
/// the latent of frame t + 1.
/// </summary>
internal static class ReservoirFit
{
    private const int Together = 16;

    /// <summary>Arrays of the propagator.</summary>
    /// <param name="shape">The architecture.</param>
    /// <param name="set">Latents to fit.</param>
    /// <param name="scaling">Their scaling.</param>
    /// <param name="options">Options of the fit.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <exception cref="InvalidDataException">The options are out of range, or the trajectories are shorter than the washout.</exception>
    public static IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays(
        ReservoirArchitecture shape, LatentSet set, LatentScaling scaling, FitOptions options, int skip)
    {
        var (d, n) = (set.LatentSize, shape.UnitsFor(set.LatentSize));
        if (shape.Fault(d) is { } fault)
            throw new InvalidDataException($"The recipe's reservoir cannot be fitted: {fault}.");
        var frames = set.Trajectories[0].Length / d;
        if (frames - skip - options.Washout < 2)
            throw new InvalidDataException(
                $"The trajectories have {frames} frames, of which {skip} are skipped and {options.Washout} warm the reservoir: "
                + "none is left to fit. Raise data.frames, or lower fit.washout.");
        var reservoir = new ReservoirPropagator(
            new ReservoirWeights(n, d, shape.Degree, shape.SpectralRadius, shape.InputScale, shape.Seed), new float[d * n], scaling);
        var sums = new NormalEquations(n, d);
        foreach (var together in set.Trajectories.Chunk(Together))
        {
            var (memory, latents) = (new float[together.Length * n], new float[together.Length * d]);
            for (var t = skip; t + 1 < frames; t++)
            {
                for (var m = 0; m < together.Length; m++)
                    for (var k = 0; k < d; k++)
                        latents[m * d + k] = (float)(scaling.Low[k] + together[m][t * d + k] * ((double)scaling.High[k] - scaling.Low[k]));
                reservoir.Feed(latents, StepContext.Of(together.Length), memory);
                if (t < skip + options.Washout)
                    continue;
                for (var m = 0; m < together.Length; m++)
                {
                    var next = sums.Next();
                    for (var i = 0; i < n; i++)
                        next[i] = i % 2 == 0 ? memory[m * n + i] * memory[m * n + i] : memory[m * n + i];
                    for (var k = 0; k < d; k++)
                        next[n + k] = 2 * together[m][(t + 1) * d + k] - 1;
                }
            }
        }
        var readout = sums.Solve(options.Ridge);
        return new Dictionary<string, (long[], float[])>
        {
            ["readout.weight"] = ([d, n], [.. Enumerable.Range(0, d * n).Select(i => (float)readout[i % n, i / n])]),
        };
    }
}
