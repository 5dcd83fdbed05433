using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// How wrong the propagator is on windows of latents: a tenth of its one-step error under teacher forcing, plus the error
/// of its autonomous run, plus ten times that of short autonomous runs which true frames keep interrupting, as micro legs do.
/// </summary>
internal static class PropagatorLoss
{
    private const double TeacherWeight = 0.1, CycleWeight = 10;

    /// <summary>Teacher-forced frames whose error does not count, because the recurrent state is still cold.</summary>
    public const int Cold = 10;

    /// <summary>Frames of an autonomous and of a teacher-forced stretch of a cycle.</summary>
    private const int Stretch = 10;

    /// <summary>Frames that a window must have.</summary>
    public static int WindowFrames(int warm, int horizon, int cycles) => warm + Math.Max(horizon, 2 * Stretch * cycles) + 1;

    /// <summary>The loss.</summary>
    /// <param name="propagator">The propagator.</param>
    /// <param name="truth">Latents of the windows, one tensor [B, d_z] per frame.</param>
    /// <param name="warm">Teacher-forced frames.</param>
    /// <param name="horizon">Autonomous frames after them; without any, the one-step error is all.</param>
    /// <param name="cycles">Cycles in the second branch.</param>
    public static Tensor Compute(LatentNetwork propagator, Tensor[] truth, int warm, int horizon, int cycles)
    {
        var memory = propagator.Blank(truth[0].shape[0]);
        var forced = new List<Tensor>();
        for (var t = 0; t < warm; t++)
        {
            (var next, memory) = propagator.call(truth[t], memory);
            forced.Add(next);
        }
        if (horizon == 0)
            return Error(forced[Cold..], truth, Cold + 1);
        var free = Free(propagator, truth[warm], memory, horizon).Path;
        var loss = Error(free, truth, warm + 1);
        if (warm > Cold)
            loss += TeacherWeight * Error(forced[Cold..], truth, Cold + 1);
        return cycles > 0 ? loss + CycleWeight * Cycles(propagator, truth, warm, memory, cycles) : loss;
    }

    /// <summary>An autonomous run from a latent.</summary>
    public static (List<Tensor> Path, Tensor[] Memory) Free(LatentNetwork propagator, Tensor latent, Tensor[] memory, int frames)
    {
        var path = new List<Tensor>(frames);
        for (var t = 0; t < frames; t++)
        {
            (latent, memory) = propagator.call(latent, memory);
            path.Add(latent);
        }
        return (path, memory);
    }

    private static Tensor Cycles(LatentNetwork propagator, Tensor[] truth, int warm, Tensor[] memory, int cycles)
    {
        var (latent, now) = (truth[warm], warm);
        var errors = new List<Tensor>();
        for (var c = 0; c < cycles; c++)
        {
            (var path, memory) = Free(propagator, latent, memory, Stretch);
            errors.Add(Error(path, truth, now + 1));
            now += Stretch;
            memory = propagator.Consume(path[^1], memory);
            for (var k = 1; k < Stretch; k++)
                memory = propagator.Consume(truth[now + k], memory);
            now += Stretch;
            latent = truth[now];
        }
        return stack(errors).mean();
    }

    private static Tensor Error(List<Tensor> path, Tensor[] truth, int first) =>
        nn.functional.mse_loss(stack(path), stack(truth[first..(first + path.Count)]));
}
