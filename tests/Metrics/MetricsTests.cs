
namespace LedCluster.Metrics.Tests;

public class MetricsTests
{
    [Fact]
    public void Mnad_divides_the_mean_absolute_error_by_the_range_of_the_truth()
    {
        var errors = new FieldErrors();
        errors.Add([0, 1, 2], [0.5f, 1, 2]);
        errors.Add([4, -1, 0], [4, -1, 0.75f]);
        Assert.Equal((0.5 + 0.75) / 6 / 5, errors.Mnad, 12);
        Assert.Equal(Math.Sqrt((0.25 + 0.5625) / 6), errors.Rmse, 12);
    }

    [Fact]
    public void Correlation_is_one_for_any_rising_line_and_minus_one_for_a_falling_one()
    {
        FieldErrors Compare(float slope)
        {
            var errors = new FieldErrors();
            errors.Add([1, 2, 5, 7], [1 * slope + 3, 2 * slope + 3, 5 * slope + 3, 7 * slope + 3]);
            return errors;
        }
        Assert.Equal(1, Compare(0.5f).Correlation, 9);
        Assert.Equal(-1, Compare(-2f).Correlation, 9);
    }

    [Fact]
    public void Accounts_add_up()
    {
        var (whole, first, second) = (new FieldErrors(), new FieldErrors(), new FieldErrors());
        whole.Add([1, 2, 3, 9], [1, 2.5f, 3, 7]);
        first.Add([1, 2], [1, 2.5f]);
        second.Add([3, 9], [3, 7]);
        first.Add(second);
        Assert.Equal((whole.Mnad, whole.Rmse), (first.Mnad, first.Rmse));
        Assert.Equal(whole.Correlation, first.Correlation, 12);
    }

    [Fact]
    public void Wasserstein_of_a_shifted_sample_is_the_shift_and_sample_sizes_may_differ()
    {
        Assert.Equal(0.75, Distributions.Wasserstein([1, 2, 5], [5.75, 1.75, 2.75]), 12);
        Assert.Equal(0.5, Distributions.Wasserstein([0, 1], [0, 0, 1, 1, 1, 1, 0, 0, 1.5, 1.5, -0.5, -0.5, 1.5, -0.5, 1.5, -0.5]) * 2, 12);
        Assert.Equal(0, Distributions.Wasserstein([1, 1, 2], [2, 1, 1, 1, 1, 2]), 12);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Distances_refuse_values_that_are_not_finite(double value)
    {
        Assert.Throws<ArgumentException>(() => Distributions.Wasserstein([1, value, 2], [1, 2]));
        Assert.Throws<ArgumentException>(() => Distributions.HistogramDistance([1, 2], [value, 2]));
    }

    [Fact]
    public void Histogram_distance_is_zero_for_equal_and_two_for_disjoint_samples()
    {
        Assert.Equal(0, Distributions.HistogramDistance([1, 2, 3, 4], [4, 3, 2, 1]), 12);
        Assert.Equal(2, Distributions.HistogramDistance([0, 0.1, 0.2], [9.8, 9.9, 10]), 12);
        Assert.Equal(20, Distributions.RiceBins(1000));
    }

    [Fact]
    public void Fair_crps_equals_its_definition_over_all_pairs()
    {
        double[] members = [0.3, -1.2, 2.5, 0.3, 4, -0.7];
        const double observed = 0.9;
        var pairs = members.SelectMany(x => members.Select(y => Math.Abs(x - y))).Sum() / (2.0 * 6 * 5);
        var expected = members.Average(x => Math.Abs(x - observed)) - pairs;
        Assert.Equal(expected, EnsembleScores.FairCrps((double[])members.Clone(), observed), 12);
    }
}
