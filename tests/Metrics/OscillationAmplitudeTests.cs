namespace LedCluster.Metrics.Tests;

public class OscillationAmplitudeTests
{
    [Fact]
    public void A_growing_oscillation_saturates_when_its_amplitude_does()
    {
        const double middle = 100, width = 15;
        double[] path = [.. Enumerable.Range(0, 250).Select(f => 0.6 * Math.Cos(0.49 * f + 0.3) / (1 + Math.Exp((middle - f) / width)))];
        foreach (var share in (double[])[0.5, 0.9])
            Assert.Equal(middle + width * Math.Log(share / (1 - share)), OscillationAmplitude.Reaches(path, 0.6 * share), 1.0);
        Assert.Equal(0.6, OscillationAmplitude.Envelope(path)[^1].Amplitude, 2e-3);
        Assert.True(double.IsNaN(OscillationAmplitude.Reaches(path, 0.61)), "never so large");
        Assert.True(double.IsNaN(OscillationAmplitude.Reaches(path.AsSpan(0, 5), 0.01)), "no two extremes");
    }

    [Fact]
    public void A_large_disturbance_at_the_start_is_not_taken_for_saturation()
    {
        double[] path = [.. Enumerable.Range(0, 250).Select(f => Math.Cos(0.49 * f) * (Math.Exp(-f / 5.0) + 1 / (1 + Math.Exp((100 - f) / 15.0))))];
        Assert.Equal(100 + 15 * Math.Log(9), OscillationAmplitude.Reaches(path, 0.9), 1.0);
    }
}
