using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// A propagator that takes its members a few at a time through all steps, so that what they need stays in the caches. What a
/// tile computes for a member must not depend on the members beside it.
/// </summary>
public abstract class TiledPropagator : IPropagator
{
    /// <summary>Members of a tile: one per lane of the widest vector.</summary>
    protected const int TileMembers = 16;

    /// <inheritdoc />
    public abstract int LatentSize { get; }

    /// <inheritdoc />
    public abstract int MemorySize { get; }

    /// <inheritdoc />
    public virtual int FramesRead => 1;

    /// <inheritdoc />
    public virtual string Failure => IPropagator.NotFinite;

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        if (MemorySize == 0)
            return;
        var members = context.Count;
        var steps = latents.Length / (members * LatentSize);
        for (var first = 0; first < members; first += TileMembers)
        {
            using var tile = Begin(Math.Min(TileMembers, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            for (var s = 0; s < steps; s++)
                tile.Consume(latents.Slice((s * members + first) * LatentSize, tile.Members * LatentSize));
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var members = context.Count;
        var steps = path.Length / (members * LatentSize);
        for (var first = 0; first < members; first += TileMembers)
        {
            using var tile = Begin(Math.Min(TileMembers, members - first));
            tile.Load(memory[(first * MemorySize)..]);
            var row = tile.Members * LatentSize;
            var current = latents.Slice(first * LatentSize, row);
            for (var s = 0; s < steps; s++)
            {
                var next = path.Slice((s * members + first) * LatentSize, row);
                tile.Consume(current);
                tile.Predict(next);
                current = next;
            }
            tile.Save(memory[(first * MemorySize)..]);
        }
    }

    /// <summary>A new tile of blank memory.</summary>
    protected abstract Tile Begin(int members);

    /// <summary>A few members on their way through the propagator.</summary>
    /// <param name="members">How many.</param>
    protected abstract class Tile(int members) : IDisposable
    {
        /// <summary>How many members.</summary>
        public int Members => members;

        /// <summary>Takes over the members' memory, [m, memory size].</summary>
        public abstract void Load(ReadOnlySpan<float> memory);

        /// <summary>Gives the members' memory back.</summary>
        public abstract void Save(Span<float> memory);

        /// <summary>Consumes one frame of latents, [m, d_z].</summary>
        public abstract void Consume(ReadOnlySpan<float> latents);

        /// <summary>Predicts the frame after the last one consumed, [m, d_z].</summary>
        public abstract void Predict(Span<float> latents);

        /// <summary>Gives back what memory it has outside of the collected heap.</summary>
        public virtual void Dispose()
        {
        }
    }
}
