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
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) =>
        Advance(latents, 0, context.Count, memory, path);

    /// <inheritdoc />
    public void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) =>
        Advance(latents, latents.Length / (context.Count * LatentSize) - 1, context.Count, memory, path);

    /// <inheritdoc />
    public abstract LegArrays Rent(int known, int members, int steps);

    /// <inheritdoc />
    public void FeedAndRun(LegArrays arrays, in StepContext context, Span<float> series)
    {
        if (series.Length > 0)
            throw new NotSupportedException("A propagator on a device computes no series.");
        Advance(arrays, arrays.Latents.Length / (context.Count * LatentSize) - 1, context.Count);
    }

    /// <summary>Consumes known latents, then predicts.</summary>
    /// <param name="arrays">From <see cref="Rent"/>.</param>
    /// <param name="fed">Frames that are consumed without a prediction.</param>
    /// <param name="members">Members.</param>
    protected abstract void Advance(LegArrays arrays, int fed, int members);

    private void Advance(ReadOnlySpan<float> latents, int fed, int members, Span<float> memory, Span<float> path)
    {
        using var arrays = Rent(latents.Length / (members * LatentSize), members, path.Length / (members * LatentSize));
        latents.CopyTo(arrays.Latents);
        memory.CopyTo(arrays.Memory);
        Advance(arrays, fed, members);
        arrays.Memory.CopyTo(memory);
        arrays.Path.CopyTo(path);
    }
}
