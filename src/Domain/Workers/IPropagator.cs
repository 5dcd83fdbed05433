using System.Collections.Immutable;
using LedCluster.Domain.Systems;

namespace LedCluster.Domain.Workers;

/// <summary>
/// Advances latents in time, one coarse step per frame. Immutable, safe to call from several threads, and
/// batch-invariant: a member's result does not depend, bit for bit, on the members beside it.
/// </summary>
public interface IPropagator
{
    /// <summary>Latent dimension d_z.</summary>
    int LatentSize { get; }

    /// <summary>Numbers of recurrent state per member; 0 for a propagator without memory.</summary>
    int MemorySize { get; }

    /// <summary>
    /// Whether it draws random numbers or depends on time in another way than through latents and memory. If not, members of different
    /// frames may share a batch, and the context has no frame.
    /// </summary>
    bool DependsOnFrame => false;

    /// <summary>Members that a device computes at a time; null on the processor.</summary>
    int? DeviceBatch => null;

    /// <summary>Frames that it must know before its predictions are what it was trained for; the warm-up must not be shorter.</summary>
    int FramesRead => 1;

    /// <summary>
    /// Numbers that it computes for each frame that it predicts, for example its uncertainty; stored as series like the system's diagnostics, NaN
    /// on frames of the micro solver.
    /// </summary>
    ImmutableArray<Diagnostic> PredictionSeries => [];

    /// <summary>Why a member has failed when a latent is not finite.</summary>
    const string NotFinite = "the propagator returned a latent that is not finite";

    /// <summary>What it means when a prediction is not finite, as a clause for the member's failure.</summary>
    string Failure => NotFinite;

    /// <summary>Consumes known latents so that the recurrent state is warm (teacher forcing).</summary>
    /// <param name="latents">Latents of consecutive frames, [n, M, d_z].</param>
    /// <param name="context">Members, frame of the first latents, parameters.</param>
    /// <param name="memory">Recurrent state [M, memory size], updated.</param>
    void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory);

    /// <summary>Runs autonomously: each prediction is the next input.</summary>
    /// <param name="latents">Latents of the current frame, [M, d_z].</param>
    /// <param name="context">Members, frame of the first latents, parameters.</param>
    /// <param name="memory">Recurrent state [M, memory size], updated; all frames but the last of the path are consumed.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, M, d_z].</param>
    void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path);

    /// <summary>Both, as a macro leg has them: all known frames but the last are fed, then it runs from the last.</summary>
    /// <param name="latents">Latents of consecutive frames, [n, M, d_z], n at least 1.</param>
    /// <param name="context">Members, frame of the first latents, parameters.</param>
    /// <param name="memory">Recurrent state [M, memory size], updated.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, M, d_z].</param>
    void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var last = latents.Length - context.Count * LatentSize;
        Feed(latents[..last], context, memory);
        Run(latents[last..], context.Later(last / (context.Count * LatentSize)), memory, path);
    }

    /// <summary>The same, and tells its series of the frames of the path.</summary>
    /// <param name="latents">Latents of consecutive frames, [n, M, d_z], n at least 1.</param>
    /// <param name="context">Members, frame of the first latents, parameters.</param>
    /// <param name="memory">Recurrent state [M, memory size], updated.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, M, d_z].</param>
    /// <param name="series">Receives the numbers, [steps, M, S], in the order of <see cref="PredictionSeries"/>; empty where they are not wanted.</param>
    void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path, Span<float> series)
    {
        if (series.Length > 0)
            throw new NotSupportedException("The propagator declares series, but does not compute them.");
        FeedAndRun(latents, context, memory, path);
    }

    /// <summary>Arrays for a batch of macro legs.</summary>
    /// <param name="known">Known frames n, at least 1.</param>
    /// <param name="members">Members M.</param>
    /// <param name="steps">Frames that it is to predict.</param>
    LegArrays Rent(int known, int members, int steps) =>
        new LegArrays.Managed(checked(known * members * LatentSize), checked(members * MemorySize), checked(steps * members * LatentSize));

    /// <summary>The same for arrays that it has handed out: known latents and memory in, path and memory out.</summary>
    /// <param name="arrays">The arrays.</param>
    /// <param name="context">Members, frame of the first latents, parameters.</param>
    /// <param name="series">Receives its series, [steps, M, S]; empty where they are not wanted.</param>
    void FeedAndRun(LegArrays arrays, in StepContext context, Span<float> series) => FeedAndRun(arrays.Latents, context, arrays.Memory, arrays.Path, series);
}
