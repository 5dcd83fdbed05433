using LedCluster.Domain.Fields;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Zarr;

namespace LedCluster.Host.Evaluation;

/// <summary>Reads the ensemble's statistics from an <c>output.zarr</c>, at chosen frames and a block at a time.</summary>
/// <param name="path">The store.</param>
/// <param name="layout">Layout of the fields.</param>
/// <param name="frames">Frames wanted, ascending; F of them.</param>
internal sealed class StatisticsReader(string path, FieldLayout layout, int[] frames)
{
    private const int MostFramesAtOnce = 512, NumbersAtOnce = 1 << 20;

    /// <summary>Ensemble mean [F, C·X].</summary>
    public float[] Mean() => Read<double>((store, first, block) => store.ReadMean(first, block), x => (float)x);

    /// <summary>Ensemble standard deviation [F, C·X].</summary>
    public float[] Deviation() => Read<double>((store, first, block) => store.ReadDeviation(first, block), x => (float)x);

    /// <summary>One of the kept quantiles [F, C·X].</summary>
    /// <param name="index">Its place among them.</param>
    public float[] Quantile(int index) => Read<float>((store, first, block) => store.ReadQuantile(index, first, block), x => x);

    /// <summary>Largest value of a measure of trust of each member, over all its legs; NaN when it has none.</summary>
    /// <param name="path">The store.</param>
    /// <param name="measure">Name of the variable.</param>
    /// <param name="members">Members wanted, ascending.</param>
    public static IEnumerable<float> Largest(string path, string measure, int[] members)
    {
        using var group = ZarrGroup.Open(path);
        var array = group.OpenArray<float>(measure);
        var (count, legs) = ((int)array.Shape[0], (int)array.Shape[1]);
        var atOnce = Math.Clamp(NumbersAtOnce / legs, 1, count);
        var (block, first, held) = (new float[atOnce * legs], 0, 0);
        foreach (var member in members)
        {
            if (member >= first + held)
            {
                (first, held) = (member, Math.Min(atOnce, count - member));
                array.Read([first, 0], [held, legs], block.AsSpan(0, held * legs));
            }
            yield return block.AsSpan((member - first) * legs, legs).ToArray().Max(); // NaN, of a leg without the measure, counts as least
        }
    }

    /// <summary>Frames that are read at once: at least one, and otherwise no more than 2²⁰ numbers.</summary>
    /// <param name="size">Numbers per frame.</param>
    internal static int FramesAtOnce(int size) => Math.Clamp(NumbersAtOnce / size, 1, MostFramesAtOnce);

    private float[] Read<T>(Reader<T> read, Converter<T, float> convert)
        where T : unmanaged
    {
        using var store = ForecastStore.Open(path);
        var (size, atOnce) = (layout.Size, FramesAtOnce(layout.Size));
        var (block, rows) = (new T[atOnce * size], new float[frames.Length * size]);
        for (var (i, end) = (0, 0); i < frames.Length; i = end)
        {
            while (end < frames.Length && frames[end] < frames[i] + atOnce)
                end++;
            var held = frames[end - 1] - frames[i] + 1;
            read(store, frames[i], block.AsSpan(0, held * size));
            for (var k = i; k < end; k++)
                for (var j = 0; j < size; j++)
                    rows[k * size + j] = convert(block[(frames[k] - frames[i]) * size + j]);
        }
        return rows;
    }

    private delegate void Reader<T>(ForecastStore store, int firstFrame, Span<T> block);
}
