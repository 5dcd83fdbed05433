using LedCluster.Models.Training;

namespace LedCluster.Models.Tests;

/// <summary>Scaling of latents for a propagator.</summary>
public class LatentSetTests
{
    [Fact]
    public void A_common_scale_divides_all_latents_by_the_largest_width()
    {
        float[] low = [0, 10, -3], high = [1, 14, -1];
        var (first, last) = LatentSet.CommonScaling(low, high, aboutLow: false);
        Assert.Equal([-1.5f, 10, -4], first); // the middles of the ranges stay where they were
        Assert.Equal([2.5f, 14, 0], last);
        (first, last) = LatentSet.CommonScaling(low, high, aboutLow: true);
        Assert.Equal(low, first);
        Assert.Equal([4f, 14, 1], last);
    }
}
