using System.Collections.Immutable;
using System.Runtime.InteropServices;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

/// <summary>
/// x ← ax + ct + noise, with parameters a and c of each member's own: everything draws, nothing is autonomous, and the solver's state is
/// bytes whose number differs by member.
/// </summary>
internal sealed class StochasticDynamics : IMicroSolver, IReduction, IPropagator, ISystem
{
    public FieldLayout Layout { get; } = new([new FieldChannel("x", "state", "1", Limit: 1e6), new FieldChannel("y", "noise", "1", Limit: 1e6)], [], 0.5);
    public int LatentSize => 1;
    public int MemorySize => 1;
    public bool DependsOnFrame => true;
    public EffectiveModel Model => new(this, this, [-1000f], [1000f]);

    public string Name => "stochastic";
    public IReadOnlyList<string> Equations => [];
    public IMicroSolver Solver => this;
    public ImmutableArray<Parameter> Parameters { get; } = [new("a", 0.9, 0, 1, "decay"), new("c", 0, -1, 1, "forcing", IsDrawn: true)];
    public ImmutableArray<Diagnostic> Diagnostics { get; } = [new("sum", "x + y"), new("work", "acx at the time")];
    public ImmutableArray<Diagnostic> Series { get; } = [new("far", "z times the frame")];
    public ImmutableArray<Diagnostic> PredictionSeries { get; } = [new("noise", "what the propagator drew")];
    public IReadOnlyList<string> References => [];

    public void Assess(ReadOnlySpan<float> latents, Span<double> values, in StepContext context)
    {
        for (var m = 0; m < context.Count; m++)
            values[m] = latents[m] * context.Frame;
    }

    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => throw new NotSupportedException();

    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) => (fields[0], fields[1]) = (member, parameters[1]);

    public void Diagnose(ReadOnlySpan<double> fields, double time, ReadOnlySpan<double> parameters, Span<double> values) =>
        (values[0], values[1]) = (fields[0] + fields[1], parameters[0] * parameters[1] * fields[0] * time);

    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context)
    {
        var blobs = new ReadOnlyMemory<byte>[context.Count];
        for (var m = 0; m < context.Count; m++)
            blobs[m] = Bytes(context.Members.Span[m], fields[2 * m], context.Random(m, context.Frame, DrawPurpose.Lift).NextNormal());
        return OpaqueState.Pack(blobs);
    }

    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        var (pairs, blobs) = (new double[context.Count][], new ReadOnlyMemory<byte>[context.Count]);
        for (var m = 0; m < context.Count; m++)
            pairs[m] = MemoryMarshal.Cast<byte, double>(OpaqueState.Unpack(state, context.Count, m))[^2..].ToArray();
        for (var frame = context.Frame + 1; frame <= context.Frame + frames; frame++)
            for (var m = 0; m < context.Count; m++)
            {
                var random = context.Random(m, frame, DrawPurpose.Solver);
                var p = context.ParametersOf(m);
                pairs[m] = [p[0] * pairs[m][0] + p[1] * frame * Layout.TimeStep + random.NextNormal(), pairs[m][1] + random.NextUniform()];
                sink.Add(pairs[m]); // a row at a time
            }
        for (var m = 0; m < context.Count; m++)
            blobs[m] = Bytes(context.Members.Span[m], pairs[m][0], pairs[m][1]);
        return OpaqueState.Pack(blobs);
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var row = 0; row < latents.Length; row++)
            latents[row] = (float)fields[2 * row];
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        for (var row = 0; row < latents.Length; row++)
        {
            var random = context.Random(row % context.Count, context.Frame + row / context.Count, DrawPurpose.Decoder);
            (fields[2 * row], fields[2 * row + 1]) = (latents[row], (float)random.NextNormal());
        }
    }

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => Math.Pow(truth[1] - reconstruction[1], 2);

    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
        for (var i = 0; i < latents.Length; i++)
            memory[i % context.Count] += latents[i] * (context.Frame + i / context.Count);
    }

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            var (m, frame) = (i % context.Count, context.Frame + 1 + i / context.Count);
            var before = i < context.Count ? latents[i] : path[i - context.Count];
            var noise = context.Random(m, frame, DrawPurpose.Propagator).NextNormal();
            path[i] = (float)(context.At(frame - 1).ParametersOf(m)[0] * before + noise + 1e-3 * memory[m]);
            memory[m] += path[i] * frame;
        }
    }

    public void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path, Span<float> series)
    {
        ((IPropagator)this).FeedAndRun(latents, context, memory, path);
        for (var i = 0; i < series.Length; i++)
        {
            var frame = context.Frame + latents.Length / context.Count + i / context.Count;
            series[i] = (float)context.Random(i % context.Count, frame, DrawPurpose.Propagator).NextNormal();
        }
    }

    /// <summary>State of a member: as many bytes before the two numbers as its index tells.</summary>
    private static byte[] Bytes(int member, double x, double y)
    {
        var bytes = new byte[8 * (2 + member % 3)];
        MemoryMarshal.AsBytes((Span<double>)[x, y]).CopyTo(bytes.AsSpan(bytes.Length - 16));
        return bytes;
    }
}
