namespace LedCluster.Metrics.Tests;

public class SnapshotErrorsTests
{
    [Fact]
    public void Errors_are_roots_of_sums_over_channels_and_points_or_frames()
    {
        double[] truth = new double[3 * 2 * 2], forecast = [3, 0, 4, 0, /**/ 0, 0, 0, 0, /**/ 0, 1, 12, 2];
        var errors = SnapshotErrors.Of(truth, forecast, channels: 2, points: 2);
        Assert.Equal([5, 0, Math.Sqrt(149)], errors.Snapshot);
        Assert.Equal([13, Math.Sqrt(5)], errors.Point);
        Assert.Equal(Math.Sqrt(174), errors.Model, 1e-12);
        Assert.Contains("whole frames of 2 × 2", Assert.Throws<ArgumentException>(() => SnapshotErrors.Of(truth, forecast.AsSpan(1), 2, 2)).Message);
    }
}
