using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// A propagator with parameters of the system as inputs: (z, p)(t + Δt) = N((z, p)(t)), where the p of each frame is the member's own and not
/// what N returns for it.
/// </summary>
public sealed class ConditionedPropagator : IPropagator
{
    private readonly IPropagator network;
    private readonly ImmutableArray<int> indices;

    /// <summary>Wraps a propagator of latents and parameters.</summary>
    /// <param name="network">Propagator N whose last P latents are the parameters.</param>
    /// <param name="names">Names of the parameters, P of them.</param>
    public ConditionedPropagator(IPropagator network, ImmutableArray<string> names) : this(network, names, [])
    {
    }

    private ConditionedPropagator(IPropagator network, ImmutableArray<string> names, ImmutableArray<int> indices) =>
        (this.network, Names, this.indices) = (network, names, indices);

    /// <summary>Names of the parameters.</summary>
    public ImmutableArray<string> Names { get; }

    /// <inheritdoc />
    public int LatentSize => network.LatentSize - Names.Length;

    /// <inheritdoc />
    public int MemorySize => network.MemorySize;

    /// <inheritdoc />
    public int FramesRead => network.FramesRead;

    /// <inheritdoc />
    public string Failure => network.Failure;

    /// <summary>The propagator for a system, which knows where the parameters are among the system's.</summary>
    /// <param name="declared">The system's parameters, in the order of <see cref="StepContext.Parameters"/>.</param>
    /// <exception cref="ArgumentException">The system has no parameter of that name.</exception>
    public ConditionedPropagator For(ImmutableArray<Parameter> declared) => new(network, Names,
    [
        .. Names.Select(name => declared.Select(p => p.Name).ToList().IndexOf(name) is >= 0 and var index ? index : throw new ArgumentException(
            $"The propagator needs the parameter '{name}', which the system does not have; "
            + $"it has {(declared.Length == 0 ? "none" : string.Join(", ", declared.Select(p => p.Name)))}.")),
    ]);

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        if (latents.IsEmpty || MemorySize == 0)
            return;
        var wide = new float[latents.Length / LatentSize * network.LatentSize];
        var row = context.Count * LatentSize;
        for (var frame = 0; frame < latents.Length / row; frame++)
            Widen(latents.Slice(frame * row, row), context.Later(frame), wide.AsSpan(frame * context.Count * network.LatentSize));
        network.Feed(wide, context, memory);
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var (d, wide) = (LatentSize, network.LatentSize);
        var (now, next, row) = (new float[context.Count * wide], new float[context.Count * wide], context.Count * d);
        for (var step = 0; step < path.Length / row; step++)
        {
            var at = context.Later(step);
            Widen(step == 0 ? latents : path.Slice((step - 1) * row, row), at, now);
            network.Run(now, at, memory, next);
            for (var m = 0; m < context.Count; m++)
                next.AsSpan(m * wide, d).CopyTo(path[(step * row + m * d)..]);
        }
    }

    /// <summary>Writes latents [M, d_z] and parameters as [M, d_z + P].</summary>
    private void Widen(ReadOnlySpan<float> latents, in StepContext context, Span<float> wide)
    {
        if (indices.Length < Names.Length || context.ParameterCount == 0)
            throw new InvalidOperationException(
                $"The propagator needs the parameters {string.Join(", ", Names)} of each member, but no system with these parameters was given.");
        var (d, width) = (LatentSize, network.LatentSize);
        for (var m = 0; m < context.Count; m++)
        {
            latents.Slice(m * d, d).CopyTo(wide[(m * width)..]);
            for (var p = 0; p < indices.Length; p++)
                wide[m * width + d + p] = (float)context.ParametersOf(m)[indices[p]];
        }
    }
}
