using LedCluster.Domain.Randomness;

namespace LedCluster.Domain.Tests;

public class BinomialTests
{
    private const int Draws = 200_000;

    /// <summary>Both methods, both halves of p; four standard errors.</summary>
    [Theory]
    [InlineData(7, 0.3)]
    [InlineData(40, 0.2)]
    [InlineData(40, 0.3)]
    [InlineData(40, 0.9)]
    [InlineData(250_000, 0.04)]
    [InlineData(1_000_000_000, 2e-9)]
    public void Mean_and_variance_are_those_of_the_distribution(long n, double p)
    {
        var random = new Philox(5, 0, 0, 0);
        double sum = 0, squares = 0;
        for (var i = 0; i < Draws; i++)
        {
            var k = Binomial.Draw(ref random, n, p);
            Assert.InRange(k, 0, n);
            sum += k - n * p;
            squares += (k - n * p) * (k - n * p);
        }
        var variance = n * p * (1 - p);
        Assert.Equal(0, sum / Draws / Math.Sqrt(variance), 4 / Math.Sqrt(Draws));
        Assert.Equal(1, squares / Draws / variance, 4 * Math.Sqrt((2 + 1 / variance) / Draws));
    }

    /// <summary>Pearson's χ² of the frequencies, of which the mean is the number of classes less one.</summary>
    [Theory]
    [InlineData(9, 0.4)]
    [InlineData(60, 0.25)]
    [InlineData(25, 0.45)]
    public void Frequencies_are_the_probabilities(int n, double p)
    {
        var (random, counts) = (new Philox(6, 0, 0, 0), new double[n + 1]);
        for (var i = 0; i < Draws; i++)
            counts[Binomial.Draw(ref random, n, p)]++;
        var (mass, χ2, classes) = (Math.Pow(1 - p, n), 0.0, 0);
        for (var k = 0; k <= n; mass *= (n - k) * p / ((k + 1.0) * (1 - p)), k++)
            if (mass * Draws > 5)
                (χ2, classes) = (χ2 + (counts[k] - mass * Draws) * (counts[k] - mass * Draws) / (mass * Draws), classes + 1);
        Assert.InRange(χ2, classes - 4 * Math.Sqrt(2 * classes), classes + 4 * Math.Sqrt(2 * classes));
    }

    [Fact]
    public void A_multinomial_draw_has_all_trials_and_no_impossible_outcome()
    {
        var (random, counts) = (new Philox(7, 0, 0, 0), new double[5]);
        for (var i = 0; i < 1000; i++)
        {
            Binomial.Multinomial(ref random, 1000, [0.1, 0, 0.3, 0.2, 0], counts);
            Assert.Equal(1000, counts.Sum());
            Assert.Equal((0, 0), (counts[1], counts[4]));
        }
    }

    [Fact]
    public void What_is_no_distribution_is_refused()
    {
        var random = new Philox(1, 0, 0, 0);
        Assert.Contains("from 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => Binomial.Draw(ref random, 3, 1.1)).Message);
        Assert.Contains("not be negative", Assert.Throws<ArgumentOutOfRangeException>(() => Binomial.Draw(ref random, -1, 0.1)).Message);
        Assert.Contains("All weights are 0", Assert.Throws<ArgumentException>(() => Binomial.Multinomial(ref random, 3, [0, 0], new double[2])).Message);
        Assert.Contains("A weight is NaN", Assert.Throws<ArgumentException>(() => Binomial.Multinomial(ref random, 3, [1, double.NaN], new double[2])).Message);
    }
}
