using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.External;

/// <summary>A system whose solver is another program.</summary>
public sealed class ExternalSystem : ISystem, IDisposable
{
    private readonly Simulator simulator;

    /// <summary>Prepares a system; the program is started when it is first asked for something.</summary>
    /// <param name="options">The program.</param>
    /// <param name="directory">The study's folder.</param>
    /// <param name="known">What the program said about itself when it was started before, if it was.</param>
    /// <exception cref="ArgumentException">The options cannot be used.</exception>
    public ExternalSystem(SimulatorOptions options, string directory, SimulatorDescription? known = null)
    {
        simulator = new Simulator(options, directory, known);
        Solver = new ExternalSolver(simulator);
    }

    /// <summary>What the program says about itself.</summary>
    /// <exception cref="SimulatorException">It cannot be started, or its description cannot be used.</exception>
    public SimulatorDescription Description => simulator.Description;

    /// <inheritdoc />
    public string Name => Description.Name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations => Description.Equations;

    /// <inheritdoc />
    public IMicroSolver Solver { get; }

    /// <inheritdoc />
    public double? LyapunovTime => Description.LyapunovTime;

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters => [.. Description.Parameters.Select(
        p => new Parameter(p.Name, p.Default, p.Minimum, p.Maximum, p.Meaning, p.Unit, p.Drawn, p.Whole, p.InitialOnly, IsFixed: p.Fixed))];

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> Diagnostics =>
        Description.Diagnostics is { } all ? [.. all.Select(d => new Diagnostic(d.Name, d.Meaning.Length > 0 ? d.Meaning : d.Name, d.Unit))] : [];

    /// <inheritdoc />
    /// <remarks>Members whose fields are not finite are not shown to the program, and have NaN.</remarks>
    public void Diagnose(ReadOnlySpan<double> fields, Span<double> values, in StepContext context)
    {
        var (size, numbers, finite) = (Solver.Layout.Size, Description.Diagnostics!.Count, new List<int>());
        for (var m = 0; m < context.Count; m++)
            if (IsFinite(fields.Slice(m * size, size)))
                finite.Add(m);
        values.Fill(double.NaN);
        if (finite.Count == context.Count)
        {
            simulator.Diagnose(context, fields).CopyTo(values);
            return;
        }
        foreach (var m in finite)
            simulator.Diagnose(context.Slice(m, 1), fields.Slice(m * size, size)).CopyTo(values[(m * numbers)..]);
    }

    private static bool IsFinite(ReadOnlySpan<double> fields)
    {
        foreach (var value in fields)
            if (!double.IsFinite(value))
                return false;
        return true;
    }

    /// <inheritdoc />
    public IReadOnlyList<string> References => Description.References;

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => simulator.Reference(index, parameters.ToArray()).CopyTo(fields);

    /// <inheritdoc />
    /// <exception cref="SimulatorException">The program has no random family, or failed.</exception>
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        if (!Description.Random)
            throw new SimulatorException(
                $"The simulator '{Name}' has no random family of initial conditions. Give initial conditions with --ic, "
                + "or let the simulator draw them (random).");
        simulator.Random(new StepContext(seed, new[] { member }, 0, parameters.ToArray())).CopyTo(fields);
    }

    /// <inheritdoc />
    public void Dispose() => simulator.Dispose();

    private sealed class ExternalSolver(Simulator simulator) : IMicroSolver
    {
        public FieldLayout Layout => simulator.Description.Layout;

        public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => simulator.Lift(context, fields);

        public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context) => simulator.Advance(context, state, frames, sink.Add);
    }
}
