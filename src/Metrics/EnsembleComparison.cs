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

/// <summary>
/// A forecast compared with the truth, one channel; frames of the warm-up are left out. What is divided by the channel's range,
/// that of the truth over all members and times, is 0 or NaN when there is no range (<see cref="FieldErrors.Normalised"/>).
/// </summary>
/// <param name="Name">Name of the channel.</param>
/// <param name="Errors">MNAD, root mean square error and correlation over all frames, points and members.</param>
/// <param name="MnadDeviation">Standard deviation over members of each one's MNAD, at the kept frames.</param>
/// <param name="Growth">Normalised absolute error, mean over points: at each kept frame the mean over members, and their 5 % and 95 % quantiles, [F].</param>
/// <param name="Correlation">Spatial correlation at each kept frame, mean over members, [F].</param>
/// <param name="Valid">Valid prediction time; null for a system that is not chaotic.</param>
/// <param name="Climate">Long-time statistics; null for a domain that is not periodic.</param>
/// <param name="Wasserstein">At the final time, W₁ between the forecast's and the true ensemble, mean over points, divided by the channel's range.</param>
/// <param name="HistogramDistance">The same for the L1 distance of histograms, between 0 and 2.</param>
/// <param name="Crps">
/// Fair CRPS at the final time, each true member being predicted by the forecasts of the others, divided by the channel's range; NaN for
/// fewer than three members.
/// </param>
/// <param name="SpreadSkill">Spread-skill ratio of the same; NaN for fewer than three members, and when the mean of the others has no error.</param>
/// <param name="Ranks">Rank histogram of the same; null for fewer than three members.</param>
public sealed record ChannelEvaluation(
    string Name,
    FieldErrors Errors,
    double MnadDeviation,
    (double[] Mean, double[] Lower, double[] Upper) Growth,
    double[] Correlation,
    ValidPredictionTime? Valid,
    Climate? Climate,
    double Wasserstein,
    double HistogramDistance,
    double Crps,
    double SpreadSkill,
    RankHistogram? Ranks);

/// <summary>How long predictions of a chaotic system stay valid, in Lyapunov times.</summary>
/// <param name="Mean">Mean over members.</param>
/// <param name="Deviation">Standard deviation over members.</param>
public sealed record ValidPredictionTime(double Mean, double Deviation)
{
    /// <summary>A prediction is valid while its root mean square error is below this fraction of the truth's standard deviation.</summary>
    public const double Threshold = 0.5;
}

/// <summary>Running comparison of one channel.</summary>
/// <param name="Errors">Errors after the warm-up.</param>
/// <param name="Climate">Long-time statistics after the warm-up; null for a domain that is not periodic.</param>
public sealed record ChannelAccount(FieldErrors Errors, Climate? Climate)
{
    /// <summary>Adds another account of the same channel.</summary>
    public void Add(ChannelAccount other)
    {
        Errors.Add(other.Errors);
        Climate?.Add(other.Climate!);
    }
}

/// <summary>Scores an ensemble against true members: each is predicted by the forecasts of the others.</summary>
/// <param name="Crps">Mean fair CRPS, in the variable's unit.</param>
/// <param name="SpreadSkill">Spread-skill ratio; NaN when the mean of the others has no error.</param>
/// <param name="Ranks">Ranks of the true members among the forecasts of the others.</param>
public sealed record EnsembleVerification(double Crps, double SpreadSkill, RankHistogram Ranks)
{
    private const int MostMembers = 500;

    /// <summary>Scores some places together.</summary>
    /// <param name="places">True and forecast values of each member at each place.</param>
    /// <returns>The scores of the first 500 members; null for fewer than three, which leave no ensemble of others.</returns>
    public static EnsembleVerification? Score((double[] True, double[] Forecast)[] places)
    {
        var members = Math.Min(MostMembers, places[0].True.Length);
        if (members < 3)
            return null;
        var (crps, variances, errors, ranks) = (0.0, new List<double>(), new List<double>(), new RankHistogram(members - 1));
        var others = new double[members - 1];
        foreach (var (truth, forecast) in places)
            for (var m = 0; m < members; m++)
            {
                forecast.AsSpan(0, m).CopyTo(others);
                forecast.AsSpan(m + 1, members - m - 1).CopyTo(others.AsSpan(m));
                var offset = others[0]; // equal members have no variance, to the bit
                var mean = offset + others.Average(x => x - offset);
                variances.Add(others.Sum(x => (x - mean) * (x - mean)) / (others.Length - 1));
                errors.Add(mean - truth[m]);
                ranks.Add(others, truth[m]);
                crps += EnsembleScores.FairCrps(others, truth[m]) / (members * places.Length);
            }
        return new(crps, EnsembleScores.SpreadSkill([.. variances], [.. errors], others.Length), ranks);
    }
}
