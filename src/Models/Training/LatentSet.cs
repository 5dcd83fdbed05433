using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Latents of all trajectories, scaled for the propagator.</summary>
internal sealed class LatentSet
{
    /// <summary>Latents in the propagator's scaling, one array [frames, d_z] per trajectory.</summary>
    public required double[][] Trajectories { get; init; }

    /// <summary>Latent dimension d_z.</summary>
    public required int LatentSize { get; init; }

    /// <summary>Type of the tensors that windows come as.</summary>
    public required ScalarType Type { get; init; }

    /// <summary>Scales encoded trajectories: (z − low)/(high − low).</summary>
    public static LatentSet Scale(float[][] encoded, float[] low, float[] high, ScalarType type) => new()
    {
        Type = type,
        LatentSize = low.Length,
        Trajectories = [.. encoded.Select(path => path.Select((z, i) =>
            ((double)z - low[i % low.Length]) / ((double)high[i % low.Length] - low[i % low.Length])).ToArray())],
    };

    /// <summary>The trajectories with constant inputs as last components of each frame.</summary>
    /// <param name="inputs">Scaled inputs [P] of each trajectory.</param>
    public LatentSet With(double[][] inputs) => new()
    {
        Type = Type,
        LatentSize = LatentSize + inputs[0].Length,
        Trajectories = [.. Trajectories.Zip(inputs, (path, own) => path.Chunk(LatentSize).SelectMany(latent => latent.Concat(own)).ToArray())],
    };

    /// <summary>Windows as a tensor [frames, B, d_z].</summary>
    /// <param name="windows">Trajectory and first frame of each window.</param>
    /// <param name="frames">Frames per window.</param>
    /// <param name="device">Where the tensor lies.</param>
    /// <param name="stride">Distance of a window's frames, in frames of the trajectory.</param>
    public Tensor Frames(IReadOnlyList<(int Trajectory, int First)> windows, int frames, Device device, int stride = 1)
    {
        var values = new double[frames * windows.Count * LatentSize];
        for (var f = 0; f < frames; f++)
            for (var w = 0; w < windows.Count; w++)
            {
                var (trajectory, first) = windows[w];
                var from = (first + f * stride) * LatentSize;
                Array.Copy(Trajectories[trajectory], from, values, (f * windows.Count + w) * LatentSize, LatentSize);
            }
        return tensor(values, [frames, windows.Count, LatentSize]).to(Type).to(device);
    }

    /// <summary>Smallest and largest latents after some frames, [d_z] each.</summary>
    public static (float[] Minimum, float[] Maximum) Range(float[][] encoded, int latentSize, int skip)
    {
        var (low, high) = (Enumerable.Repeat(float.PositiveInfinity, latentSize).ToArray(), Enumerable.Repeat(float.NegativeInfinity, latentSize).ToArray());
        foreach (var path in encoded)
            for (var i = skip * latentSize; i < path.Length; i++)
                (low[i % latentSize], high[i % latentSize]) = (Math.Min(low[i % latentSize], path[i]), Math.Max(high[i % latentSize], path[i]));
        return (low, high);
    }

    /// <summary>A scaling by the largest width of all latents, so that they keep their proportions.</summary>
    /// <param name="low">What was scaled to 0, [d_z].</param>
    /// <param name="high">What was scaled to 1, [d_z].</param>
    /// <param name="aboutLow">Whether what is scaled to 0 stays, rather than what is scaled to ½.</param>
    public static (float[] Low, float[] High) CommonScaling(float[] low, float[] high, bool aboutLow)
    {
        var width = low.Zip(high, (a, b) => b - a).Max();
        float[] first = aboutLow ? low : [.. low.Zip(high, (a, b) => (a + b - width) / 2)];
        return (first, [.. first.Select(a => a + width)]);
    }

    /// <summary>Mean, and mean plus standard deviation, after some frames, [d_z] each: what scales to 0 and to 1.</summary>
    public static (float[] Low, float[] High) StandardScaling(float[][] encoded, int latentSize, int skip)
    {
        var (sum, squares, count) = (new double[latentSize], new double[latentSize], 0);
        foreach (var path in encoded)
            for (var i = skip * latentSize; i < path.Length; i++)
            {
                sum[i % latentSize] += path[i];
                squares[i % latentSize] += (double)path[i] * path[i];
                count += i % latentSize == 0 ? 1 : 0;
            }
        return (
            [.. sum.Select(s => (float)(s / count))],
            [.. sum.Zip(squares, (s, q) => (float)(s / count + Math.Sqrt(q / count - s / count * (s / count))))]);
    }
}
