using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Storage.Forecasts;

/// <content>The ensemble's statistics.</content>
public sealed partial class ForecastStore
{
    /// <summary>Computes and writes the statistics of all members that are not marked as failed.</summary>
    /// <param name="decoder">Decodes latents when fields are not kept.</param>
    /// <param name="expected">Checksums that what is read must have.</param>
    /// <param name="degree">Number of threads, at least 1; the result does not depend on it.</param>
    /// <param name="progress">Told the number of frames done.</param>
    /// <exception cref="DamagedOutputException">What is read of some members is not what was recorded.</exception>
    public void WriteStatistics(MemberDecoder decoder, ChecksumTable expected, int degree = 1, IProgress<int>? progress = null)
    {
        int[] alive = [.. ReadFailedLegs().Index().Where(m => m.Item < 0).Select(m => m.Index)];
        var kept = Kept(decoder);
        var check = new LegCheck(HasFields ? ForecastSchema.Fields : ForecastSchema.Latents, Plan, expected);
        if (HasStatistics && wideFields is null && EnsembleStatistics.ReadsOnce(alive.Length, kept.Size)) // what is read of float64 is rounded
            kept = check.Watch(kept);
        else
            ForecastCheck.Legs(this, expected, alive, degree).ThrowIfAny(this);
        if (HasStatistics)
        {
            var write = Statistics(Layout);
            EnsembleStatistics.Compute(alive, Frames, Layout.Size, kept, block => Sink(block, write), degree);
        }
        else
            progress?.Report(Frames);
        check.Damage.ThrowIfAny(this);
        if (Series is not null)
            EnsembleStatistics.Compute(alive, Frames, Series.Size, new KeptFrames(Series.Size, KeptSeries, null), Statistics(Series), degree);

        void KeptSeries(ReadOnlySpan<int> members, int firstFrame, int frames, Span<float> block)
        {
            for (var (m, row) = (0, frames * Series.Size); m < members.Length; m++)
                ReadSeries(members[m], firstFrame, frames, block.Slice(m * row, row));
        }

        void Sink(StatisticsBlock block, Action<StatisticsBlock> write)
        {
            if (alive.Length > 0 && Array.FindIndex(block.Mean, double.IsNaN) is >= 0 and var bad)
            {
                ForecastCheck.Legs(this, expected, alive, degree).ThrowIfAny(this);
                throw new InvalidDataException(
                    $"'{Path}' has no number at frame {block.FirstFrame + bad / Layout.Size} for a member that finished: "
                    + "the output is damaged. Restore it from a copy, or run the forecast again.");
            }
            write(block);
            progress?.Report(block.FirstFrame + block.Frames);
        }
    }

    /// <summary>Writes blocks of statistics of some channels.</summary>
    private Action<StatisticsBlock> Statistics(FieldLayout of)
    {
        var (mean, std) = (Statistic<double>(of, ForecastSchema.Mean), Statistic<double>(of, ForecastSchema.Std));
        var (low, high) = (Statistic<float>(of, ForecastSchema.Minimum), Statistic<float>(of, ForecastSchema.Maximum));
        var quantile = Statistic<float>(of, ForecastSchema.Quantile);
        return block =>
        {
            var (start, count) = (new long[] { block.FirstFrame }, new long[] { block.Frames });
            mean.Write(start, count, block.Mean);
            std.Write(start, count, block.Std);
            low.Write(start, count, block.Minimum);
            high.Write(start, count, block.Maximum);
            quantile.Write([0, .. start], [EnsembleStatistics.Quantiles.Length, .. count], block.Quantile);
        };
    }

    /// <summary>Names of the variables of statistics.</summary>
    public IEnumerable<string> StatisticsNames() => Sets.SelectMany(of =>
        ((string[])[ForecastSchema.Mean, ForecastSchema.Std, ForecastSchema.Minimum, ForecastSchema.Maximum, ForecastSchema.Quantile])
        .SelectMany(name => IsEarlier ? [name] : of.Channels.Select(channel => ForecastSchema.Name(channel, name))));

    /// <summary>Reads the ensemble mean of consecutive frames.</summary>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="values">Receives it, [frames, C·X].</param>
    public void ReadMean(int firstFrame, Span<double> values) =>
        Statistic<double>(Layout, ForecastSchema.Mean).Read([firstFrame], [values.Length / Layout.Size], values);

    /// <summary>Reads the ensemble standard deviation of consecutive frames.</summary>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="values">Receives it, [frames, C·X].</param>
    public void ReadDeviation(int firstFrame, Span<double> values) =>
        Statistic<double>(Layout, ForecastSchema.Std).Read([firstFrame], [values.Length / Layout.Size], values);

    /// <summary>Reads an ensemble quantile of consecutive frames.</summary>
    /// <param name="quantile">Its place in <see cref="EnsembleStatistics.Quantiles"/>.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="values">Receives it, [frames, C·X].</param>
    public void ReadQuantile(int quantile, int firstFrame, Span<float> values) =>
        Statistic<float>(Layout, ForecastSchema.Quantile).Read([quantile, firstFrame], [1, values.Length / Layout.Size], values);

    /// <summary>Reads ensemble mean and quantiles of the diagnostics, of all frames.</summary>
    /// <returns>Mean [frames, D], and the quantiles [5, frames, D] in the order of <see cref="EnsembleStatistics.Quantiles"/>.</returns>
    /// <exception cref="InvalidOperationException">The system has none.</exception>
    public (double[] Mean, float[] Quantiles) ReadSeriesStatistics()
    {
        var of = Series ?? throw new InvalidOperationException($"'{Path}' has no diagnostics.");
        var (mean, quantiles) = (new double[Frames * of.Size], new float[EnsembleStatistics.Quantiles.Length * Frames * of.Size]);
        Statistic<double>(of, ForecastSchema.Mean).Read([0], [Frames], mean);
        Statistic<float>(of, ForecastSchema.Quantile).Read([0, 0], [EnsembleStatistics.Quantiles.Length, Frames], quantiles);
        return (mean, quantiles);
    }

    /// <summary>CRC-32 of each variable of statistics, in the order of <see cref="StatisticsNames"/>.</summary>
    public ImmutableArray<uint> StatisticsChecksums() =>
    [
        .. Sets.SelectMany(of => (uint[])
        [
            .. Statistic<double>(of, ForecastSchema.Mean).Checksums(), .. Statistic<double>(of, ForecastSchema.Std).Checksums(),
            .. Statistic<float>(of, ForecastSchema.Minimum).Checksums(), .. Statistic<float>(of, ForecastSchema.Maximum).Checksums(),
            .. Statistic<float>(of, ForecastSchema.Quantile).Checksums(),
        ]),
    ];

    /// <summary>
    /// What there are statistics of: not of points in no order, whose numbers mean nothing across members (stores of earlier versions have
    /// them).
    /// </summary>
    private FieldLayout[] Sets => [.. HasStatistics ? [Layout] : (FieldLayout[])[], .. Series is null ? (FieldLayout[])[] : [Series]];

    /// <summary>Whether there are statistics of the fields.</summary>
    private bool HasStatistics => IsEarlier || group.Has(ForecastSchema.Name(Layout.Channels[0], ForecastSchema.Mean));

    private ChannelArrays<T> Statistic<T>(FieldLayout of, string name)
        where T : unmanaged => ChannelArrays<T>.Open(group, of, channel => ForecastSchema.Name(channel, name), name,
            name == ForecastSchema.Quantile ? [EnsembleStatistics.Quantiles.Length, Frames] : [Frames]);
}
