using System.Collections.Immutable;
using System.Numerics;

namespace LedCluster.Models.Inference;

/// <summary>Min–max scaling of each channel onto [0, 1]: s = (x − min) / (max − min).</summary>
/// <param name="Minimum">Smallest value of each channel, in the channel's unit.</param>
/// <param name="Maximum">Largest value of each channel, in the channel's unit.</param>
public sealed record FieldScaling(ImmutableArray<double> Minimum, ImmutableArray<double> Maximum)
{
    /// <summary>Scales one field.</summary>
    /// <param name="field">[C·X] in physical units.</param>
    /// <param name="scaled">Receives [C·X], dimensionless.</param>
    public void Scale(ReadOnlySpan<double> field, Span<float> scaled)
    {
        var points = field.Length / Minimum.Length;
        for (var c = 0; c < Minimum.Length; c++)
        {
            var (low, factor) = (Minimum[c], 1 / (Maximum[c] - Minimum[c]));
            var from = field.Slice(c * points, points);
            var to = scaled.Slice(c * points, points);
            var (lows, factors) = (new Vector<double>(low), new Vector<double>(factor));
            var j = 0;
            for (; j <= points - Vector<float>.Count; j += Vector<float>.Count)
                Vector.Narrow((new Vector<double>(from[j..]) - lows) * factors, (new Vector<double>(from[(j + Vector<double>.Count)..]) - lows) * factors).CopyTo(to[j..]);
            for (; j < points; j++)
                to[j] = (float)((from[j] - low) * factor);
        }
    }

    /// <summary>Undoes <see cref="Scale"/> in float32.</summary>
    /// <param name="scaled">[C·X], dimensionless.</param>
    /// <param name="field">Receives [C·X] in physical units.</param>
    public void Unscale(ReadOnlySpan<float> scaled, Span<float> field) => Unscale(scaled, field, 0, field.Length / Minimum.Length);

    /// <summary>Undoes <see cref="Scale"/> for a part of a field.</summary>
    /// <param name="scaled">Numbers that follow one another in [C·X], dimensionless.</param>
    /// <param name="part">Receives as many in physical units.</param>
    /// <param name="first">Place of the first in [C·X].</param>
    /// <param name="points">Points X.</param>
    public void Unscale(ReadOnlySpan<float> scaled, Span<float> part, int first, int points)
    {
        for (var (at, end) = (0, 0); at < part.Length; at = end)
        {
            var c = (first + at) / points;
            end = Math.Min(part.Length, (c + 1) * points - first);
            var (low, range) = ((float)Minimum[c], (float)(Maximum[c] - Minimum[c]));
            var from = scaled[at..end];
            var to = part[at..end];
            var (lows, ranges) = (new Vector<float>(low), new Vector<float>(range));
            var j = 0;
            for (; j <= to.Length - Vector<float>.Count; j += Vector<float>.Count)
                Vector.FusedMultiplyAdd(new Vector<float>(from[j..]), ranges, lows).CopyTo(to[j..]);
            for (; j < to.Length; j++)
                to[j] = MathF.FusedMultiplyAdd(from[j], range, low);
        }
    }

    /// <summary>Mean squared difference of two fields in scaled units, where each channel's range is 1.</summary>
    /// <param name="truth">[C·X] in physical units.</param>
    /// <param name="reconstruction">[C·X] in physical units.</param>
    /// <returns>The sum of squared scaled differences, divided by C·X.</returns>
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction)
    {
        var sum = 0.0;
        var points = truth.Length / Minimum.Length;
        for (var c = 0; c < Minimum.Length; c++)
        {
            var channel = 0.0;
            for (var j = c * points; j < (c + 1) * points; j++)
                channel += (truth[j] - reconstruction[j]) * (truth[j] - reconstruction[j]);
            var range = Maximum[c] - Minimum[c];
            sum += channel / (range * range);
        }
        return sum / truth.Length;
    }
}
