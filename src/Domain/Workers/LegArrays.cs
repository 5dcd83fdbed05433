namespace LedCluster.Domain.Workers;

/// <summary>
/// The arrays of a batch of macro legs, in memory that the propagator chose: a device transfers from and to some memory faster than others. Disposing
/// gives the memory back, for a later batch.
/// </summary>
public abstract class LegArrays : IDisposable
{
    /// <summary>Known latents of consecutive frames, [n, M, d_z].</summary>
    public abstract Span<float> Latents { get; }

    /// <summary>Recurrent state before the leg, and after it has been run, [M, memory size]. Anything until it is written.</summary>
    public abstract Span<float> Memory { get; }

    /// <summary>Latents of the following frames, once the leg has been run, [steps, M, d_z].</summary>
    public abstract Span<float> Path { get; }

    /// <inheritdoc />
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Arrays of the process.</summary>
    internal sealed class Managed(int latents, int memory, int path) : LegArrays
    {
        private readonly float[] latents = GC.AllocateUninitializedArray<float>(latents);
        private readonly float[] memory = GC.AllocateUninitializedArray<float>(memory);
        private readonly float[] path = GC.AllocateUninitializedArray<float>(path);

        /// <inheritdoc />
        public override Span<float> Latents => latents;

        /// <inheritdoc />
        public override Span<float> Memory => memory;

        /// <inheritdoc />
        public override Span<float> Path => path;
    }
}
