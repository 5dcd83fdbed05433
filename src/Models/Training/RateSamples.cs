using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Models.Propagators.CoarsePde;

namespace LedCluster.Models.Training;

/// <summary>Features at points of trajectories, and the rates of change of one field there.</summary>
/// <param name="Features">Features [n, F] in physical units.</param>
/// <param name="Rates">Rates [n] in physical units.</param>
internal sealed record RateSamples(double[] Features, double[] Rates)
{
    private const int RandomStream = 4;

    /// <summary>Root mean square of each feature, [F]: their scale.</summary>
    public ImmutableArray<double> Scale => RootMeanSquares(Features, Width);

    /// <summary>Root mean square of the rates.</summary>
    public double Unit => RootMeanSquares(Rates, 1)[0];

    /// <summary>Number F of features.</summary>
    public int Width => Features.Length / Rates.Length;

    /// <summary>Samples at random frames and points, the same places for all fields; points at the walls are left out.</summary>
    /// <param name="source">Trajectories.</param>
    /// <param name="features">The features.</param>
    /// <param name="chosen">Positions of those wanted, for each field.</param>
    /// <param name="count">Number n of samples.</param>
    /// <param name="skip">Frames at the beginning of each trajectory that are left out, the first in any case.</param>
    /// <param name="seed">Seed of the places.</param>
    /// <exception cref="InvalidDataException">There are too few frames.</exception>
    public static RateSamples[] Draw(FieldRates source, PointFeatures features, ImmutableArray<ImmutableArray<int>> chosen, int count, int skip, ulong seed)
    {
        var (fields, size, first) = (chosen.Length, source.Size, Math.Max(1, skip));
        var (points, frames) = (size / fields, source.Fields[0].Length / size);
        if (frames - 1 - first < 1)
            throw new InvalidDataException(
                $"The trajectories have {frames} frames, of which {first} are skipped and the last has no rate of change: none is left. "
                + "Raise data.frames, or lower data.skip.");
        var random = new Philox(seed, 0, step: 0, RandomStream);
        var samples = chosen.Select(own => new RateSamples(new double[count * own.Length], new double[count])).ToArray();
        for (var i = 0; i < count; i++)
        {
            var path = random.NextIndex(source.Fields.Length);
            var (at, j) = ((first + random.NextIndex(frames - 1 - first)) * size, 1 + random.NextIndex(points - 2));
            for (var c = 0; c < fields; c++)
            {
                samples[c].Rates[i] = source.Rates[path][at + c * points + j];
                for (var k = 0; k < chosen[c].Length; k++)
                    samples[c].Features[i * chosen[c].Length + k] = features.At(
                        source.Fields[path].AsSpan(at + chosen[c][k] / PointFeatures.Orders * points, points), j, chosen[c][k] % PointFeatures.Orders);
            }
        }
        return samples;
    }

    /// <summary>The first of the samples.</summary>
    public RateSamples First(int count) => this with { Features = Features[..(count * Width)], Rates = Rates[..count] };

    /// <summary>The same rates at other coordinates of the points.</summary>
    /// <param name="features">Coordinates [n, d].</param>
    public RateSamples At(double[] features) => new(features, Rates);

    /// <summary>Features over a scale, [n, F].</summary>
    public double[] Scaled(ImmutableArray<double> scale) => [.. Features.Select((x, i) => x / scale[i % scale.Length])];

    /// <summary>Rates over a unit, [n].</summary>
    public double[] ScaledRates(double unit) => [.. Rates.Select(rate => rate / unit)];

    /// <summary>Root mean square error of a regression, as a part of that of the rates themselves.</summary>
    public double Error(PointRegression regression)
    {
        var values = new double[Rates.Length];
        regression.Evaluate(Features, values);
        return Math.Sqrt(values.Zip(Rates, (f, r) => (f - r) * (f - r)).Average()) / Unit;
    }

    private static ImmutableArray<double> RootMeanSquares(double[] values, int width)
    {
        var sums = new double[width];
        for (var i = 0; i < values.Length; i++)
            sums[i % width] += values[i] * values[i];
        return [.. sums.Select(sum => Math.Sqrt(sum * width / values.Length))];
    }
}
