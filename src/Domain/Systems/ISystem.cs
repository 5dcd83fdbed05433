using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Systems;

/// <summary>A physical system: its micro solver and the initial conditions that belong to it.</summary>
public interface ISystem
{
    /// <summary>Name by which studies refer to it, for example <c>fitzhugh-nagumo</c>.</summary>
    string Name { get; }

    /// <summary>Governing equations, one per line, in Unicode.</summary>
    IReadOnlyList<string> Equations { get; }

    /// <summary>The first-principles solver.</summary>
    IMicroSolver Solver { get; }

    /// <summary>The same solver, with another time between its frames, so that rates of change can be taken of it; null where there is none.</summary>
    /// <param name="frameStep">Time between frames, in the layout's unit.</param>
    IMicroSolver? SolverWithFrames(double frameStep) => null;

    /// <summary>Whether the solver draws random numbers, so that a forecast is compared with it as a law, not path by path.</summary>
    bool IsStochastic => false;

    /// <summary>
    /// Lyapunov time T₁ = 1/λ₁ of a chaotic system, in its time unit: the time in which neighbouring states part by a factor e;
    /// null when nothing parts.
    /// </summary>
    double? LyapunovTime => null;

    /// <summary>The parameters of which every member has a value of its own, in the order of <see cref="StepContext.Parameters"/>.</summary>
    ImmutableArray<Parameter> Parameters => [];

    /// <summary>Numbers that are derived from the fields of each frame and kept as series in time.</summary>
    ImmutableArray<Diagnostic> Diagnostics => [];

    /// <summary>Diagnostics of one member's frame.</summary>
    /// <param name="fields">Fields [C·X]: the micro solver's, or decoded ones.</param>
    /// <param name="time">Time of the frame, in the layout's unit.</param>
    /// <param name="parameters">Parameters of the member, [P].</param>
    /// <param name="values">Receives the diagnostics [D], in the order of <see cref="Diagnostics"/>.</param>
    void Diagnose(ReadOnlySpan<double> fields, double time, ReadOnlySpan<double> parameters, Span<double> values) =>
        throw new NotSupportedException($"The system '{Name}' declares diagnostics, but does not compute them.");

    /// <summary>Diagnostics of the members at one frame; by default, one member after the other.</summary>
    /// <param name="fields">Fields [M, C·X].</param>
    /// <param name="values">Receives the diagnostics [M, D].</param>
    /// <param name="context">Members, frame, parameters.</param>
    void Diagnose(ReadOnlySpan<double> fields, Span<double> values, in StepContext context)
    {
        var (size, count) = (Solver.Layout.Size, Diagnostics.Length);
        for (var m = 0; m < context.Count; m++)
            Diagnose(fields.Slice(m * size, size), context.Frame * Solver.Layout.TimeStep, context.ParametersOf(m), values.Slice(m * count, count));
    }

    /// <summary>
    /// Draws a member's fields from their exact law at a time by which the start is forgotten; false where no such law is known. Forecasts
    /// of laws are measured by it.
    /// </summary>
    /// <param name="time">Time of the frame, in the layout's unit.</param>
    /// <param name="parameters">Parameters of the member, [P], constant in time.</param>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="fields">Receives fields [C·X].</param>
    bool DrawExactly(double time, ReadOnlySpan<double> parameters, ref Philox random, Span<double> fields) => false;

    /// <summary>What makes fields that a user gives no initial condition of the system, as a clause; null when they are one.</summary>
    /// <param name="fields">Fields [C·X], finite and within the limits of the layout.</param>
    string? InitialFault(ReadOnlySpan<double> fields) => null;

    /// <summary>Names of the reference initial conditions.</summary>
    IReadOnlyList<string> References { get; }

    /// <summary>Fields of a reference initial condition.</summary>
    /// <param name="index">Position in <see cref="References"/>.</param>
    /// <param name="parameters">Parameters of the member, [P].</param>
    /// <param name="fields">Receives [C·X].</param>
    void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields);

    /// <summary>Fields of a member of the documented random family; they depend on seed, member and parameters alone.</summary>
    /// <param name="seed">Seed of the ensemble.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="parameters">Parameters of the member, [P].</param>
    /// <param name="fields">Receives [C·X].</param>
    void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields);
}
