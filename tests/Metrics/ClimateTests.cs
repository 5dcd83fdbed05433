using System.Collections.Immutable;
using LedCluster.Domain.Fields;


namespace LedCluster.Metrics.Tests;

public class ClimateTests
{
    [Theory]
    [InlineData(64, 22.0)]
    [InlineData(10, 3.0)]
    [InlineData(25, 2.0)]
    [InlineData(7, 3.0)]
    public void Derivatives_of_waves_are_exact(int points, double length)
    {
        var derivatives = new PeriodicDerivatives(points, length / points);
        double[] field = new double[points], slope = new double[points], curvature = new double[points];
        var (q, p) = (2 * Math.PI / length, 2 * Math.PI * 3 / length);
        double X(int j) => j * length / points;
        for (var j = 0; j < points; j++)
            field[j] = 2 + Math.Sin(q * X(j)) + 0.5 * Math.Cos(p * X(j));
        derivatives.Differentiate(field, slope, curvature);
        for (var j = 0; j < points; j++)
        {
            Assert.Equal(q * Math.Cos(q * X(j)) - 0.5 * p * Math.Sin(p * X(j)), slope[j], 1e-10);
            Assert.Equal(-q * q * Math.Sin(q * X(j)) - 0.5 * p * p * Math.Cos(p * X(j)), curvature[j], 1e-10);
        }
    }

    [Fact]
    public void A_single_point_is_refused() =>
        Assert.Contains("at least 2 points", Assert.Throws<ArgumentException>(() => new PeriodicDerivatives(1, 0.1)).Message);

    [Fact]
    public void Power_of_a_wave_lies_in_its_mode()
    {
        var spectrum = new PowerSpectrum(16);
        spectrum.Add([.. Enumerable.Range(0, 16).Select(j => 1.5 + 2 * Math.Cos(2 * Math.PI * 3 * j / 16 + 0.7))]);
        var other = new PowerSpectrum(16);
        other.Add(new double[16]);
        spectrum.Add(other);
        Assert.Equal(9, spectrum.Mean.Length);
        Assert.Equal(1.5 * 1.5 / 2, spectrum.Mean[0], 12);
        Assert.Equal(1.0 / 2, spectrum.Mean[3], 12); // (2/2)², halved by the silent one
        Assert.Equal(0, spectrum.Mean[4], 12);
    }

    [Fact]
    public void Densities_differ_by_nothing_or_by_two()
    {
        PlaneDensity Density(double x)
        {
            var density = new PlaneDensity(4, (0, 1), (0, 1));
            density.Add([x, x, double.NaN], [0.1, 7, 0]); // 7 counts at the edge, what is not a number nowhere
            return density;
        }
        Assert.Equal(2, Density(0.1).Total);
        Assert.Equal(0, Density(0.1).DistanceTo(Density(0.2)));
        Assert.Equal(2, Density(0.1).DistanceTo(Density(0.9)));
        Assert.Equal(0.5, Density(0.1).Share(0, 3));
    }

    [Fact]
    public void A_perfect_forecast_is_as_far_from_the_truth_as_the_truth_from_itself()
    {
        var layout = FieldLayout.OnLine([new FieldChannel("u", "velocity", "1", 10)], 16, 0.5, 1, periodic: true);
        Climate perfect = new(layout, 6, (-2, 2), (-2, 2)), wrong = new(layout, 6, (-2, 2), (-2, 2)), rest = new(layout, 6, (-2, 2), (-2, 2));
        var random = new Random(5);
        for (var frame = 0; frame < 200; frame++)
        {
            var field = Enumerable.Range(0, 16).Select(j => (float)Math.Sin(2 * Math.PI * (j / 16.0 + random.NextDouble()))).ToArray();
            (frame < 100 ? perfect : rest).Add(frame < 100 ? frame : 8 * frame, field, field);
            wrong.Add(frame, field, [.. field.Select(x => 0.5f * x)]);
        }
        perfect.Add(rest);
        Assert.InRange(perfect.SelfNoise, 1e-3, 0.5);
        Assert.Equal(perfect.SelfNoise, perfect.DensityDistance, 0.02);
        Assert.True(wrong.DensityDistance > 2 * wrong.SelfNoise);
        Assert.True(double.IsNaN(rest.SelfNoise), "members of one group cannot be parted");
        Assert.Equal(perfect.TrueSpectrum.Mean[1], 4 * wrong.ForecastSpectrum.Mean[1], 6);
    }

    [Fact]
    public void A_prediction_is_valid_until_its_error_first_passes_the_threshold()
    {
        var leads = new LeadTimes(5, 2);
        float[] errors = [0, 0.1f, 0.6f, 0.2f, 0.9f];
        for (var frame = 0; frame < 5; frame++)
        {
            leads.Add(frame, 0, [1, -1], [1 + errors[frame], -1 - errors[frame]]);
            leads.Add(frame, 1, [1, -1], [1, -1]);
        }
        Assert.Equal([1, 4], leads.ValidFrames(1, 0.5)); // frame 1 alone; frames 1 to 4
        Assert.Equal(1, leads.Correlation(4), 6);
        Assert.Equal([0, errors[4]], leads.Absolute(4).Select(e => (float)e));
    }

    [Fact]
    public void The_deviation_of_the_truth_leaves_out_its_mean()
    {
        var errors = new FieldErrors();
        errors.Add([101, 99, 101, 99], [0, 0, 0, 0]);
        Assert.Equal(1, errors.TrueDeviation, 9);
        Assert.Equal(100, errors.MeanAbsolute, 9);
    }
}
