using LedCluster.Domain.Workers;

namespace LedCluster.Models.Devices;

/// <summary>A propagator on a device, which gets a leg's frames at once.</summary>
internal abstract class LegPropagator : IPropagator
{
    /// <inheritdoc />
    public abstract int LatentSize { get; }

    /// <inheritdoc />
    public abstract int MemorySize { get; }

    /// <inheritdoc />
    public abstract int? DeviceBatch { get; }

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        if (latents.Length > 0 && MemorySize > 0)
            Advance(latents, latents.Length / (context.Count * LatentSize), context.Count, memory, []);
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => Advance(latents, 0, context.Count, memory, path);

    /// <inheritdoc />
    public void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) =>
        Advance(latents, latents.Length / (context.Count * LatentSize) - 1, context.Count, memory, path);

    /// <summary>Consumes known latents, then predicts.</summary>
    /// <param name="latents">Known latents [known, members, d_z].</param>
    /// <param name="fed">Frames that are consumed without a prediction.</param>
    /// <param name="members">Members.</param>
    /// <param name="memory">Recurrent state [members, memory size], updated.</param>
    /// <param name="path">Receives the latents of the following frames, [steps, members, d_z].</param>
    protected abstract void Advance(ReadOnlySpan<float> latents, int fed, int members, Span<float> memory, Span<float> path);
}
