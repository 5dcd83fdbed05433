using LedCluster.Domain.Fields;

namespace LedCluster.Metrics.Tests;

/// <summary>What the figures are where there is no spread, no range or no error.</summary>
public class DegenerateCaseTests
{
    private const int Points = 8, Last = 3;

    /// <summary>Compares members by what they and their forecasts are at every point and time.</summary>
    private static ChannelEvaluation Compare(double[] truth, float[] forecast, bool periodic = false)
    {
        var layout = FieldLayout.OnLine([new FieldChannel("u", "velocity", "1", 10)], Points, 0.5, 1, periodic: periodic);
        ClimateScale[]? scales = periodic ? [new ClimateScale(4, (0, 0), (0, 0))] : null;
        var comparison = new EnsembleComparison(layout, truth.Length, 0, Last, 1, 2.0, scales);
        var accounts = comparison.Accounts();
        for (var member = 0; member < truth.Length; member++)
            for (var frame = 0; frame <= Last; frame++)
                comparison.Add(
                    frame, member, [.. Enumerable.Repeat((float)truth[member], Points)], [.. Enumerable.Repeat(forecast[member], Points)], accounts);
        return comparison.Conclude(accounts)[0];
    }

    public static TheoryData<double[]> PerfectlyForecast =>
    [
        (double[])[0.1, 0.1, 0.1, 0.1, 0.1], // no spread and no range, and 0.1 is no float32
        (double[])[0, 0, 0],
        (double[])[.. Enumerable.Range(0, 12).Select(m => 1 + 1e-10 * m)], // a spread below the resolution of float32
        (double[])[.. Enumerable.Range(0, 12).Select(m => 0.1 + 3e-9 * m)], // a spread of a few steps of float32
        (double[])[1, 2, 3.3, 4, 5, 7, 8],
        (double[])[0.7],
    ];

    [Theory]
    [MemberData(nameof(PerfectlyForecast))]
    public void A_perfect_forecast_has_no_error_whatever_the_truth_is(double[] truth)
    {
        var channel = Compare(truth, [.. truth.Select(y => (float)y)], periodic: true);
        Assert.Equal((0, 0, 0, 0, 0), (channel.Errors.Mnad, channel.Errors.Rmse, channel.MnadDeviation, channel.Wasserstein, channel.HistogramDistance));
        Assert.All([.. channel.Growth.Mean, .. channel.Growth.Lower, .. channel.Growth.Upper], error => Assert.Equal(0, error));
        Assert.Equal(2, channel.Valid!.Mean); // all four frames, in Lyapunov times
        Assert.True(channel.Errors.Correlation is 1 or double.NaN, $"correlation {channel.Errors.Correlation}");
        Assert.True(channel.Climate!.DensityDistance is 0 or double.NaN, $"densities {channel.Climate.DensityDistance} apart"); // NaN for one member
    }

    [Fact]
    public void Equal_members_forecast_perfectly_have_flat_ranks_and_no_score_that_is_not_defined()
    {
        var channel = Compare([0.1, 0.1, 0.1, 0.1, 0.1], [0.1f, 0.1f, 0.1f, 0.1f, 0.1f]);
        Assert.Equal(0, channel.Crps);
        Assert.Equal(double.NaN, channel.SpreadSkill); // neither spread nor error
        Assert.Equal(double.NaN, channel.Errors.Correlation);
        Assert.Equal(channel.Ranks!.Expected, channel.Ranks.Shares.Select(share => Math.Round(share, 12)));
    }

    [Fact]
    public void An_error_is_not_divided_by_a_range_that_is_not_there()
    {
        var channel = Compare([0.1, 0.1, 0.1, 0.1], [0.2f, 0.3f, 0.2f, 0.2f]);
        Assert.All([channel.Errors.Mnad, channel.Wasserstein, channel.Crps, channel.Growth.Mean[1]], figure => Assert.Equal(double.NaN, figure));
        Assert.Equal(0.125, channel.Errors.MeanAbsolute, 6);
        Assert.Equal(2, channel.HistogramDistance);
        Assert.Equal(0, channel.Valid!.Mean);
    }

    [Fact]
    public void Members_without_spread_that_are_wrong_have_no_spread_for_their_error()
    {
        var channel = Compare([0.1, 0.4, 0.2, 0.3], [0.7f, 0.7f, 0.7f, 0.7f]);
        Assert.Equal(0, channel.SpreadSkill);
        Assert.Equal([1, 0, 0, 0], channel.Ranks!.Shares);
        Assert.Equal(double.NaN, channel.Errors.Correlation); // the forecast is constant
    }

    [Fact]
    public void Correlation_of_a_perfect_forecast_is_one_however_small_its_spread()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 200; trial++)
        {
            var offset = (float)(1e6 * random.NextDouble());
            var errors = new FieldErrors();
            for (var frame = 0; frame < 5; frame++)
            {
                float[] field = [.. Enumerable.Range(0, 7).Select(_ => offset + (float)random.NextDouble())];
                errors.Add(field, field);
            }
            Assert.True(errors.Correlation is <= 1 and > 1 - 1e-12, $"{errors.Correlation:R}");
        }
    }

    [Fact]
    public void Nothing_compared_is_no_figure()
    {
        var errors = new FieldErrors();
        errors.Add([], []);
        errors.Add(new FieldErrors());
        Assert.All([errors.Mnad, errors.Rmse, errors.MeanAbsolute, errors.TrueDeviation, errors.Correlation], figure => Assert.Equal(double.NaN, figure));
        Assert.Equal(2, new RankHistogram(1).Shares.Count(double.IsNaN));
    }

    [Fact]
    public void Two_members_have_no_others_to_be_scored_by() => Assert.Null(EnsembleVerification.Score([([1, 2], [1, 2])]));

    [Fact]
    public void Correlation_over_lead_time_leaves_out_members_whose_field_is_constant()
    {
        var leads = new LeadTimes(1, 2);
        leads.Add(0, 0, [1, 2, 3], [2, 4, 6]);
        leads.Add(0, 1, [1, 1, 1], [2, 4, 6]);
        Assert.Equal(1, leads.Correlation(0), 6);
    }
}
