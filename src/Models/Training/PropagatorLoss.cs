using LedCluster.Models.Networks;
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
    /// <param name="truth">Latents of the windows, [frames, B, d_z].</param>
    /// <param name="warm">Teacher-forced frames.</param>
    /// <param name="horizon">Autonomous frames after them; without any, the one-step error is all.</param>
    /// <param name="cycles">Cycles in the second branch.</param>
    public static Tensor Compute(LatentNetwork propagator, Tensor truth, int warm, int horizon, int cycles)
    {
        var (forced, memory) = Forced(propagator, truth.narrow(0, 0, warm), propagator.Blank(truth.shape[1]));
        if (horizon == 0)
            return Error(forced.narrow(0, Cold, warm - Cold), truth, Cold + 1);
        var loss = Error(Free(propagator, truth.select(0, warm), memory, horizon).Path, truth, warm + 1);
        if (warm > Cold)
            loss = loss.Plus(Error(forced.narrow(0, Cold, warm - Cold), truth, Cold + 1).Times(TeacherWeight));
        return cycles > 0 ? loss.Plus(Cycles(propagator, truth.narrow(0, warm, 2 * Stretch * cycles + 1), memory, cycles).Times(CycleWeight)) : loss;
    }

    /// <summary>Predictions with true frames as input, [frames, B, d_z].</summary>
    public static (Tensor Path, Tensor[] Memory) Forced(LatentNetwork propagator, Tensor truth, Tensor[] memory) =>
        propagator.Run(truth, [.. Enumerable.Repeat(true, (int)truth.shape[0])], memory);

    /// <summary>An autonomous run from a latent [B, d_z].</summary>
    public static (Tensor Path, Tensor[] Memory) Free(LatentNetwork propagator, Tensor latent, Tensor[] memory, int frames) =>
        propagator.Run(latent.unsqueeze(0), [true, .. new bool[frames - 1]], memory);

    /// <summary>
    /// The error of ten frames from a true one on, of every twenty. The frame after them is the prediction of the tenth, as a
    /// micro leg starts from it; the nine after that are true.
    /// </summary>
    private static Tensor Cycles(LatentNetwork propagator, Tensor truth, Tensor[] memory, int cycles)
    {
        var steps = 2 * Stretch * cycles;
        var (path, _) = propagator.Run(truth, [.. Enumerable.Range(0, steps).Select(s => s % (2 * Stretch) is 0 or > Stretch)], memory);
        return nn.functional.mse_loss(Parts(path), Parts(truth.narrow(0, 1, steps)));

        Tensor Parts(Tensor frames) => frames.reshape(cycles, 2 * Stretch, frames.shape[1], frames.shape[2]).narrow(1, 0, Stretch);
    }

    private static Tensor Error(Tensor path, Tensor truth, int first) => nn.functional.mse_loss(path, truth.narrow(0, first, path.shape[0]));
}
