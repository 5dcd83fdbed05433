using LedCluster.Domain.Fields;

namespace LedCluster.Metrics;

/// <summary>
/// A forecast of an ensemble compared with the truth as both come, frame by frame and in any order of members: threads that
/// compare different members may share it, each with accounts of its own. Forecasts are kept in float32; the truth is rounded to
/// it before it is compared, so that a perfect forecast is without error and ties with the truth.
/// </summary>
public sealed class EnsembleComparison
{
    private readonly FieldLayout layout;
    private readonly int warm, last, stride;
    private readonly double? lyapunovTime;
    private readonly ClimateScale[]? scales;
    private readonly LeadTimes[] leads;
    private readonly float[][] finalTruth, finalForecast;

    /// <summary>Begins a comparison.</summary>
    /// <param name="layout">Layout of the fields.</param>
    /// <param name="members">Number of members M.</param>
    /// <param name="warm">Last frame of the warm-up, which forecast and truth share.</param>
    /// <param name="last">Last frame of the forecast.</param>
    /// <param name="stride">Errors over lead time are kept at every such frame.</param>
    /// <param name="lyapunovTime">The system's Lyapunov time, in the layout's unit of time; null when it is not chaotic.</param>
    /// <param name="scales">Cells of the densities of each channel; null for a domain that is not periodic.</param>
    public EnsembleComparison(FieldLayout layout, int members, int warm, int last, int stride, double? lyapunovTime, ClimateScale[]? scales)
    {
        (this.layout, this.warm, this.last, this.stride) = (layout, warm, last, stride);
        (this.lyapunovTime, this.scales) = (lyapunovTime, scales);
        leads = [.. layout.Channels.Select(_ => new LeadTimes(last / stride + 1, members))];
        (finalTruth, finalForecast) = (new float[members][], new float[members][]);
    }

    /// <summary>Frames at which errors over lead time are kept, [F].</summary>
    public int[] KeptFrames => [.. Enumerable.Range(0, last / stride + 1).Select(f => f * stride)];

    /// <summary>Empty accounts, one per channel.</summary>
    public ChannelAccount[] Accounts() => [.. layout.Channels.Select((_, c) => new ChannelAccount(new FieldErrors(), scales?[c].Account(layout)))];

    /// <summary>Compares one frame of a member; every member needs every frame.</summary>
    /// <param name="frame">Index of the frame.</param>
    /// <param name="member">Position among the members.</param>
    /// <param name="y">True fields [C·X], rounded to float32.</param>
    /// <param name="ŷ">Forecast fields [C·X].</param>
    /// <param name="accounts">Accounts of the thread that compares this member.</param>
    public void Add(int frame, int member, ReadOnlySpan<float> y, ReadOnlySpan<float> ŷ, ChannelAccount[] accounts)
    {
        var points = layout.Points;
        for (var c = 0; c < accounts.Length; c++)
        {
            var truth = y.Slice(c * points, points);
            var forecast = ŷ.Slice(c * points, points);
            if (frame > warm)
            {
                accounts[c].Errors.Add(truth, forecast);
                accounts[c].Climate?.Add(member, truth, forecast);
            }
            if (frame % stride == 0)
                leads[c].Add(frame / stride, member, truth, forecast);
        }
        if (frame == last)
            (finalTruth[member], finalForecast[member]) = (y.ToArray(), ŷ.ToArray());
    }

    /// <summary>The figures of each channel, once every member has been compared.</summary>
    /// <param name="total">The accounts of all members together.</param>
    public ChannelEvaluation[] Conclude(ChannelAccount[] total) => [.. total.Select((account, c) => Conclude(c, account))];

    private ChannelEvaluation Conclude(int c, ChannelAccount account)
    {
        var (errors, points) = (account.Errors, layout.Points);
        double[] Column(float[][] fields, int j) => [.. fields.Select(field => (double)field[c * points + j])];
        var columns = Enumerable.Range(0, points).Select(j => (True: Column(finalTruth, j), Forecast: Column(finalForecast, j))).ToArray();
        var scores = EnsembleVerification.Score([.. ((int[])[points / 4, points / 2, 3 * points / 4]).Distinct().Select(j => columns[j])]);
        return new ChannelEvaluation(
            layout.Channels[c].Name, errors, errors.Normalised(SampleStatistics.Deviation(leads[c].MeanAbsolute(FirstKept))), Growth(leads[c], errors),
            [.. Enumerable.Range(0, last / stride + 1).Select(leads[c].Correlation)], Valid(leads[c], errors.TrueDeviation), account.Climate,
            errors.Normalised(columns.Average(x => Distributions.Wasserstein(x.True, x.Forecast))),
            columns.Average(x => Distributions.HistogramDistance(x.True, x.Forecast)),
            scores is null ? double.NaN : errors.Normalised(scores.Crps), scores?.SpreadSkill ?? double.NaN, scores?.Ranks);
    }

    private (double[], double[], double[]) Growth(LeadTimes lead, FieldErrors errors)
    {
        var frames = last / stride + 1;
        var (mean, lower, upper) = (new double[frames], new double[frames], new double[frames]);
        for (var f = 0; f < frames; f++)
        {
            var values = lead.Absolute(f);
            double Quantile(double q) => errors.Normalised(values[(int)(q * (values.Length - 1))]);
            (mean[f], lower[f], upper[f]) = (errors.Normalised(values.Average()), Quantile(0.05), Quantile(0.95));
        }
        return (mean, lower, upper);
    }

    private ValidPredictionTime? Valid(LeadTimes lead, double deviation)
    {
        if (lyapunovTime is not { } lyapunov)
            return null;
        var unit = stride * layout.TimeStep / lyapunov;
        double[] times = [.. lead.ValidFrames(FirstKept, ValidPredictionTime.Threshold * deviation).Select(f => f * unit)];
        return new ValidPredictionTime(times.Average(), SampleStatistics.Deviation(times));
    }

    /// <summary>The first kept frame that the warm-up does not determine, or its last one.</summary>
    private int FirstKept => Math.Min((warm + stride - 1) / stride, last / stride);
}
