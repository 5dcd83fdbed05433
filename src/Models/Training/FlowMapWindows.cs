using LedCluster.Domain.Randomness;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Windows of latents a step of s frames apart: what a network for that step is trained on.</summary>
/// <param name="data">Latents.</param>
/// <param name="options">Where windows lie, and how many steps they have.</param>
/// <param name="device">Where tensors lie.</param>
internal sealed class FlowMapWindows(PropagatorData data, SequentialOptions options, Device device)
{
    private int Last => data.Training.Trajectories[0].Length / data.Training.LatentSize - 1 - options.PropagatorSkip; // frames after the first that may be seen

    /// <summary>Steps of a window: as many as asked for, fewer where trajectories are too short.</summary>
    /// <param name="step">Frames s of a step.</param>
    /// <param name="horizon">Steps asked for.</param>
    public int Unrolled(int step, int horizon) => Math.Min(horizon, Last / step);

    /// <summary>Random windows, [1 + unrolled, B, d_z].</summary>
    /// <param name="step">Frames s of a step.</param>
    /// <param name="horizon">Steps asked for.</param>
    /// <param name="count">Number of windows B.</param>
    /// <param name="random">Draws trajectory and first frame.</param>
    public Tensor Draw(int step, int horizon, int count, Philox random)
    {
        var (set, unrolled) = (data.Training, Unrolled(step, horizon));
        var length = unrolled * step;
        var windows = new (int, int)[count];
        for (var w = 0; w < count; w++)
            windows[w] = (random.NextIndex(set.Trajectories.Length),
                options.PropagatorSkip + (options.AdjacentWindows ? random.NextIndex(Last / length) * length : random.NextIndex(Last - length + 1)));
        return set.Frames(windows, unrolled + 1, device, step);
    }
}
