using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Errors on trajectories that were not trained on.</summary>
internal static class PropagatorValidation
{
    /// <summary>Frames of teacher forcing before them.</summary>
    public const int Warm = 60;

    /// <summary>Mean distance of the autonomous latents from the truth, in the propagator's scaling, to the end of the trajectories.</summary>
    public static double Error(LatentNetwork propagator, LatentSet set)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var frames = set.Trajectories[0].Length / set.LatentSize;
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], frames);
        var memory = propagator.Blank(set.Trajectories.Length);
        for (var t = 0; t < Warm; t++)
            memory = propagator.Consume(truth[t], memory);
        var (path, _) = PropagatorLoss.Free(propagator, truth[Warm], memory, frames - Warm - 1);
        return (stack(path) - stack(truth[(Warm + 1)..])).square().sum(2L).sqrt().mean().ToDouble();
    }

    /// <summary>Root mean square error of a latent one frame ahead, in the propagator's scaling, after a warm-up.</summary>
    public static double OneStepError(LatentNetwork propagator, LatentSet set)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], set.Trajectories[0].Length / set.LatentSize);
        var memory = propagator.Blank(set.Trajectories.Length);
        var path = new List<Tensor>();
        foreach (var latent in truth[..^1])
        {
            (var next, memory) = propagator.call(latent, memory);
            path.Add(next);
        }
        return (stack(path) - stack(truth[1..])).narrow(0, Warm, path.Count - Warm).square().mean().sqrt().ToDouble();
    }
}
