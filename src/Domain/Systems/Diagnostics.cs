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
/// Everything that is kept of each frame as named series: what the system derives from the fields, so that frames of the micro solver, decoded
/// frames of the propagator and the truth all have it, then what the reduction tells from the latents, and then what the propagator tells
/// of the frames that it predicts.
/// </summary>
/// <param name="system">The system.</param>
/// <param name="model">The model; null for the system alone.</param>
public sealed class Diagnostics(ISystem system, EffectiveModel? model = null)
{
    private readonly FieldLayout layout = system.Solver.Layout;
    private readonly int own = system.Diagnostics.Length, assessments = model?.Reduction.Series.Length ?? 0;

    /// <summary>Their names: the system's, then the reduction's, then the propagator's.</summary>
    public ImmutableArray<string> Names { get; } = [.. All(system, model).Select(d => d.Name)];

    /// <summary>Numbers that the propagator tells of a frame.</summary>
    public int Predictions { get; } = model?.Propagator.PredictionSeries.Length ?? 0;

    /// <summary>Whether any is derived from fields, so that frames of the propagator must be decoded for it.</summary>
    public bool NeedsFields => own > 0;

    /// <summary>Those of a system and of a model, or null when there are none.</summary>
    public static Diagnostics? Of(ISystem system, EffectiveModel? model = null) => All(system, model).IsEmpty ? null : new(system, model);

    /// <summary>What there is of a system and of a model.</summary>
    public static ImmutableArray<Diagnostic> All(ISystem system, EffectiveModel? model) =>
        [.. system.Diagnostics, .. model?.Reduction.Series ?? [], .. model?.Propagator.PredictionSeries ?? []];

    /// <summary>As channels without axes; null when there are none.</summary>
    /// <param name="diagnostics">The diagnostics.</param>
    /// <param name="layout">Layout of the fields.</param>
    public static FieldLayout? Layout(ImmutableArray<Diagnostic> diagnostics, FieldLayout layout) => diagnostics.IsDefaultOrEmpty ? null : new(
        [.. diagnostics.Select(d => new FieldChannel(d.Name, d.Meaning, d.Unit, double.MaxValue))], [], layout.TimeStep, layout.TimeUnit);

    /// <summary>Computes rows [n, M].</summary>
    /// <param name="fields">Fields [n, M, C·X]; empty where none is derived from them.</param>
    /// <param name="latents">Latents [n, M, d_z]; empty without a model.</param>
    /// <param name="values">Receives the diagnostics [n, M, D].</param>
    /// <param name="context">Members, first frame, parameters.</param>
    /// <param name="predicted">What the propagator told of the frames, [n, M, P]; empty where it predicted none, which then are NaN.</param>
    public void Compute(
        ReadOnlySpan<double> fields, ReadOnlySpan<float> latents, Span<float> values, in StepContext context,
        ReadOnlySpan<float> predicted = default)
    {
        var (members, all) = (context.Count, Names.Length);
        var (told, assessed) = (new double[members * own], new double[members * assessments]);
        for (var f = 0; f < values.Length / (members * all); f++)
        {
            var at = context.Later(f);
            if (own > 0)
                system.Diagnose(fields.Slice(f * members * layout.Size, members * layout.Size), told, at);
            if (assessments > 0)
                model!.Reduction.Assess(latents.Slice(f * members * model.Reduction.LatentSize, members * model.Reduction.LatentSize), assessed, at);
            for (var m = 0; m < members; m++)
            {
                var row = values.Slice((f * members + m) * all, all);
                for (var d = 0; d < own; d++)
                    row[d] = (float)told[m * own + d];
                for (var a = 0; a < assessments; a++)
                    row[own + a] = (float)assessed[m * assessments + a];
                if (predicted.IsEmpty)
                    row[(own + assessments)..].Fill(float.NaN);
                else
                    predicted.Slice((f * members + m) * Predictions, Predictions).CopyTo(row[(own + assessments)..]);
            }
        }
    }
}
