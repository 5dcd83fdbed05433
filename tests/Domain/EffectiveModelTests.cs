using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Tests;

public sealed class EffectiveModelTests
{
    [Theory, InlineData(1, 1), InlineData(1, 3), InlineData(7, 2), InlineData(32, 3)]
    public void The_largest_excess_of_a_leg_has_the_bits_of_the_largest_of_its_frames(int members, int latentSize)
    {
        const int frames = 40;
        var random = new Philox(3, 0, 0, 0);
        var model = new EffectiveModel(
            null!, null!, [.. Enumerable.Range(0, latentSize).Select(k => -0.7f - k / 3f)],
            [.. Enumerable.Range(0, latentSize).Select(k => 0.3f + k / 7f)]);
        var latents = new float[frames * members * latentSize];
        for (var i = 0; i < latents.Length; i++)
            latents[i] = (float)random.NextNormal();
        (latents[5], latents[^1], latents[latents.Length / 2]) = (float.NaN, float.PositiveInfinity, -1e30f);
        var all = model.Excess(latents, members);
        for (var m = 0; m < members; m++)
        {
            var worst = 0f;
            for (var f = 0; f < frames; f++)
                worst = MathF.Max(worst, model.Excess(latents.AsSpan((f * members + m) * latentSize, latentSize)));
            Assert.Equal(BitConverter.SingleToInt32Bits(worst), BitConverter.SingleToInt32Bits(all[m]));
        }
        Assert.Contains(all, float.IsNaN);
        Assert.All(new EffectiveModel(null!, null!, [-10], [10]).Excess([1, 2, -3, 9.5f], 2), excess => Assert.Equal(0, excess));
    }
}
