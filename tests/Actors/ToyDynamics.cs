using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>A solver, reduction and propagator for x ← 0.9x + 1 that are exact, so that only the engine can go wrong.</summary>
internal sealed class ToyDynamics : IMicroSolver, IReduction, IPropagator
{
    public FieldLayout Layout { get; } = new([new FieldChannel("x", "state", "1", Limit: 1000)], [], 1);
    public int LatentSize => 1;
    public int MemorySize => 1;

    public int? DeviceBatch { get; init; }

    /// <summary>Called with every value before it is advanced; may throw, or change it.</summary>
    public Func<double, double> OnAdvance { get; init; } = x => x;

    public Action<int> OnRun { get; init; } = _ => { };

    public Action OnDecode { get; init; } = () => { };

    public EffectiveModel Model => new(this, this, [0f], [100f]);

    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => fields.ToArray();

    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        for (var f = 0; f < frames; f++)
        {
            for (var m = 0; m < state.Length; m++)
                state[m] = 0.9 * OnAdvance(state[m]) + 1;
            sink.Add(state);
        }
        return state;
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var i = 0; i < fields.Length; i++)
            latents[i] = (float)fields[i];
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        OnDecode();
        latents.CopyTo(fields);
    }

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        (truth[0] - reconstruction[0]) * (truth[0] - reconstruction[0]);

    /// <summary>The memory counts the frames consumed.</summary>
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        var members = context.Count;
        for (var m = 0; m < members; m++)
            memory[m] += latents.Length / members;
    }

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var members = context.Count;
        OnRun(members);
        for (var i = 0; i < path.Length; i++)
            path[i] = MathF.FusedMultiplyAdd(i < members ? latents[i] : path[i - members], 0.9f, 1);
        for (var m = 0; m < members; m++)
            memory[m] += path.Length / members;
    }
}
