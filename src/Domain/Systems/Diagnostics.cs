using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>A number that a system derives from the fields of a frame, for example mass, energy or drag.</summary>
/// <param name="Name">Name in output files: an ASCII letter, then letters, digits and underscores.</param>
/// <param name="Meaning">What it is, in words.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
public sealed record Diagnostic(string Name, string Meaning, string Unit = "1");

/// <summary>
/// The diagnostics of a system, computed row by row. They are functions of fields, so that frames of the micro solver, decoded frames of
/// the propagator and the truth all have them.
/// </summary>
/// <param name="system">A system with diagnostics.</param>
public sealed class Diagnostics(ISystem system)
{
    private readonly FieldLayout layout = system.Solver.Layout;

    /// <summary>Their names.</summary>
    public ImmutableArray<string> Names { get; } = [.. system.Diagnostics.Select(d => d.Name)];

    /// <summary>Those of a system, or null when it has none.</summary>
    public static Diagnostics? Of(ISystem system) => system.Diagnostics.Length == 0 ? null : new(system);

    /// <summary>As channels without axes; null when there are none.</summary>
    /// <param name="diagnostics">The diagnostics.</param>
    /// <param name="layout">Layout of the fields.</param>
    public static FieldLayout? Layout(ImmutableArray<Diagnostic> diagnostics, FieldLayout layout) => diagnostics.IsDefaultOrEmpty ? null : new(
        [.. diagnostics.Select(d => new FieldChannel(d.Name, d.Meaning, d.Unit, double.MaxValue))], [], layout.TimeStep, layout.TimeUnit);

    /// <summary>Computes rows [n, M].</summary>
    /// <param name="fields">Fields [n, M, C·X].</param>
    /// <param name="values">Receives the diagnostics [n, M, D].</param>
    /// <param name="context">Members, first frame, parameters.</param>
    public void Compute(ReadOnlySpan<double> fields, Span<float> values, in StepContext context)
    {
        Span<double> own = stackalloc double[Names.Length];
        for (var row = 0; row < fields.Length / layout.Size; row++)
        {
            var (frame, m) = (context.Frame + row / context.Count, row % context.Count);
            system.Diagnose(fields.Slice(row * layout.Size, layout.Size), frame * layout.TimeStep, context.ParametersOf(m), own);
            for (var d = 0; d < own.Length; d++)
                values[row * own.Length + d] = (float)own[d];
        }
    }
}
