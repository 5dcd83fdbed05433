using LedCluster.Host.Evaluation;

namespace LedCluster.Host.Tests;

/// <summary>How the ensemble's statistics are read for a report.</summary>
public sealed class StatisticsReaderTests
{
    /// <summary>512 frames of a flow of 256 × 128 cells were 1.2 GB for the mean, the deviation and the quantiles.</summary>
    [Theory]
    [InlineData(1, 512)]
    [InlineData(202, 512)]
    [InlineData(3 * 256 * 128, 10)]
    [InlineData(4 * 1024 * 512, 1)]
    public void Blocks_of_frames_are_bounded_by_their_numbers(int size, int frames) => Assert.Equal(frames, StatisticsReader.FramesAtOnce(size));
}
