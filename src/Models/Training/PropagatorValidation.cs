using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
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
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], frames, propagator.Weights.Device);
        var (_, memory) = PropagatorLoss.Forced(propagator, truth.narrow(0, 0, Warm), propagator.Blank(set.Trajectories.Length));
        var (path, _) = PropagatorLoss.Free(propagator, truth.select(0, Warm), memory, frames - Warm - 1);
        return Predicted(propagator, path - truth.narrow(0, Warm + 1, path.shape[0])).Squared().sum(2L).sqrt().mean().Value();
    }

    /// <summary>Root mean square error of a latent one frame ahead, in the propagator's scaling, after a warm-up.</summary>
    public static double OneStepError(LatentNetwork propagator, LatentSet set)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var steps = set.Trajectories[0].Length / set.LatentSize - 1;
        var truth = set.Frames([.. set.Trajectories.Select((_, i) => (i, 0))], steps + 1, propagator.Weights.Device);
        var (path, _) = PropagatorLoss.Forced(propagator, truth.narrow(0, 0, steps), propagator.Blank(set.Trajectories.Length));
        return Predicted(propagator, path - truth.narrow(0, 1, steps)).narrow(0, Warm, steps - Warm).Squared().mean().sqrt().Value();
    }

    /// <summary>Of [frames, B, d_z + inputs], the components that are predicted.</summary>
    private static Tensor Predicted(LatentNetwork propagator, Tensor errors) => errors.narrow(2, 0, errors.shape[2] - propagator.Inputs);

    /// <summary>
    /// The same error of a propagator in managed code, over the frames before it blows up if it does, and the part of the
    /// trajectories on which it does not.
    /// </summary>
    public static IReadOnlyDictionary<string, double> Figures(IPropagator propagator, LatentScaling scaling, LatentSet set)
    {
        var (d, members, frames) = (set.LatentSize, set.Trajectories.Length, set.Trajectories[0].Length / set.LatentSize);
        var latents = new float[frames * members * d]; // [frame, member, d_z]
        for (var i = 0; i < latents.Length; i++)
        {
            var s = set.Trajectories[i / d % members][i / (d * members) * d + i % d];
            latents[i] = (float)(scaling.Low[i % d] + s * ((double)scaling.High[i % d] - scaling.Low[i % d]));
        }
        var (memory, path, row) = (new float[members * propagator.MemorySize], new float[(frames - Warm - 1) * members * d], members * d);
        propagator.Feed(latents.AsSpan(0, Warm * row), StepContext.Of(members), memory);
        propagator.Run(latents.AsSpan(Warm * row, row), StepContext.Of(members), memory, path);

        var (sum, counted) = (0.0, 0);
        for (var i = 0; i < path.Length; i += d)
        {
            var square = 0.0;
            for (var k = 0; k < d; k++)
                square += Math.Pow((path[i + k] - latents[(Warm + 1) * row + i + k]) / ((double)scaling.High[k] - scaling.Low[k]), 2);
            if (double.IsFinite(square))
                (sum, counted) = (sum + Math.Sqrt(square), counted + 1);
        }
        var bounded = Enumerable.Range(0, members).Count(m => float.IsFinite(path[^(row - m * d)]));
        return new Dictionary<string, double>
        {
            ["propagatorValidationError"] = sum / Math.Max(1, counted),
            ["propagatorValidationBounded"] = (double)bounded / members,
        };
    }
}
