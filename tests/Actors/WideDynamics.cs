using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>x ← x + 1 on many equal values, of which one latent knows all.</summary>
/// <param name="size">Number of values.</param>
internal sealed class WideDynamics(int size) : IMicroSolver, IReduction, IPropagator
{
    public FieldLayout Layout { get; } = FieldLayout.OnLine([new FieldChannel("x", "state", "1", Limit: 1000)], size, 1, 1);
    public int FineSize => size;
    public int LatentSize => 1;
    public int MemorySize => 0;
    public EffectiveModel Model => new(this, this, [0f], [100f]);

    public void Lift(ReadOnlySpan<double> fields, Span<double> fine, LiftRule lift) => fields.CopyTo(fine);

    public void Advance(Span<double> fine, int frames, Span<double> fields)
    {
        for (var f = 0; f < frames; f++)
            for (var i = 0; i < fine.Length; i++)
                fields[f * fine.Length + i] = ++fine[i];
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var row = 0; row < latents.Length; row++)
            latents[row] = fields.Slice(row * size, size).IndexOfAnyExcept(fields[row * size]) < 0 ? (float)fields[row * size] : float.NaN;
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields)
    {
        for (var row = 0; row < latents.Length; row++)
            fields.Slice(row * size, size).Fill(latents[row]);
    }

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => 0;

    public void Feed(ReadOnlySpan<float> latents, int members, Span<float> memory)
    {
    }

    public void Run(ReadOnlySpan<float> latents, int members, Span<float> memory, Span<float> path)
    {
        for (var i = 0; i < path.Length; i++)
            path[i] = (i < members ? latents[i] : path[i - members]) + 1;
    }
}
