using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>x ← x + 1 on many equal values, of which one latent knows all.</summary>
/// <param name="size">Number of values.</param>
internal sealed class WideDynamics(int size) : IMicroSolver, IReduction, IPropagator
{
    public FieldLayout Layout { get; } = FieldLayout.OnLine([new FieldChannel("x", "state", "1", Limit: 1000)], size, 1, 1);
    public int LatentSize => 1;
    public int MemorySize => 0;
    public EffectiveModel Model => new(this, this, [0f], [100f]);

    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => fields.ToArray();

    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        for (var f = 0; f < frames; f++)
        {
            for (var i = 0; i < state.Length; i++)
                ++state[i];
            sink.Add(state);
        }
        return state;
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var row = 0; row < latents.Length; row++)
            latents[row] = fields.Slice(row * size, size).IndexOfAnyExcept(fields[row * size]) < 0 ? (float)fields[row * size] : float.NaN;
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        for (var row = 0; row < latents.Length; row++)
            fields.Slice(row * size, size).Fill(latents[row]);
    }

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => 0;

    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        for (var i = 0; i < path.Length; i++)
            path[i] = (i < context.Count ? latents[i] : path[i - context.Count]) + 1;
    }
}
