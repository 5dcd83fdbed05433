using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>A solver, reduction and propagator for x ← 0.9x + 1 that are exact, so that only the engine can go wrong.</summary>
internal sealed class ToyDynamics : IMicroSolver, IReduction, IPropagator
{
    public FieldLayout Layout { get; } = new([new FieldChannel("x", "state", "1", Limit: 1000)], [], 1);
    public int FineSize => 1;
    public int LatentSize => 1;
    public int MemorySize => 1;

    /// <summary>Called with every value before it is advanced; may throw, or change it.</summary>
    public Func<double, double> OnAdvance { get; init; } = x => x;

    public Action<int> OnRun { get; init; } = _ => { };

    public EffectiveModel Model => new(this, this, [0f], [100f]);

    public void Lift(ReadOnlySpan<double> fields, Span<double> fine, LiftRule lift) => fields.CopyTo(fine);

    public void Advance(Span<double> fine, int frames, Span<double> fields)
    {
        for (var f = 0; f < frames; f++)
            for (var m = 0; m < fine.Length; m++)
                fields[f * fine.Length + m] = fine[m] = 0.9 * OnAdvance(fine[m]) + 1;
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var i = 0; i < fields.Length; i++)
            latents[i] = (float)fields[i];
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields) => latents.CopyTo(fields);

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) =>
        (truth[0] - reconstruction[0]) * (truth[0] - reconstruction[0]);

    /// <summary>The memory counts the frames consumed.</summary>
    public void Feed(ReadOnlySpan<float> latents, int members, Span<float> memory)
    {
        for (var m = 0; m < members; m++)
            memory[m] += latents.Length / members;
    }

    public void Run(ReadOnlySpan<float> latents, int members, Span<float> memory, Span<float> path)
    {
        OnRun(members);
        for (var i = 0; i < path.Length; i++)
            path[i] = MathF.FusedMultiplyAdd(i < members ? latents[i] : path[i - members], 0.9f, 1);
        for (var m = 0; m < members; m++)
            memory[m] += path.Length / members;
    }
}
