using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Action potentials on a grid of 20 × 20 cells (<see cref="CellGrid"/>), which a pulse reaches from a firing point that each member draws.
/// The state at rest tells nothing of it: the solver depends on time and on the member's parameters.
/// </summary>
public sealed class CellGridSystem : ISystem
{
    private static readonly CellGrid Grid = new();

    /// <inheritdoc />
    public string Name => "cell-grid";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "u' = Ku(u − α)(1 − u) − w + I for t_b ≤ t < t_b + 2 ms, without I else",
        "w' = ε(u − γw)",
        "t_b = √((i/20 − x₀)² + (j/20 − y₀)²)/v, 0 ≤ i, j < 20",
        "K = 8, γ = 0.1, from u = w = 0",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new GridSolver();

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } =
    [
        new("x0", 0.5, 0, 1, "firing point along the first axis", IsDrawn: true),
        new("y0", 0.5, 0, 1, "firing point along the second axis", IsDrawn: true),
        new("alpha", 0.15, 0.01, 0.5, "threshold of the excitation"),
        new("epsilon", 0.01, 0, 1, "rate of the recovery", "1/ms"),
        new("v", 0.005, 1e-4, 1, "speed of the pulse, in sides of the grid", "1/ms"),
        new("I", 0.125, 0, 10, "current of the pulse", "1/ms"),
    ];

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> Diagnostics { get; } = [new("excited", "share of cells with u > 0.5")];

    /// <inheritdoc />
    public void Diagnose(ReadOnlySpan<double> fields, double time, ReadOnlySpan<double> parameters, Span<double> values)
    {
        var excited = 0;
        foreach (var u in fields[..(Grid.Size / 2)])
            excited += u > 0.5 ? 1 : 0;
        values[0] = excited / (Grid.Size / 2.0);
    }

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["rest"];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => fields.Clear();

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) => fields.Clear();

    private sealed class GridSolver : FixedSizeSolver
    {
        public override FieldLayout Layout { get; } = new(
            [new("u", "potential across the membrane, scaled", "1", 5), new("w", "recovery, scaled", "1", 20)],
            [new("row", Grid.Side, 1.0 / Grid.Side, LongName: "first axis"), new("column", Grid.Side, 1.0 / Grid.Side, LongName: "second axis")],
            Grid.TimeStep, "ms");

        public override int StateSize => Grid.Size;

        public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => fields.CopyTo(state);

        public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
        {
            var members = new CellGridMember[context.Count];
            for (var m = 0; m < members.Length; m++)
                if (context.ParametersOf(m) is [var x, var y, var threshold, var recovery, var speed, var current])
                    members[m] = new(x, y, threshold, recovery, speed, current);
            Grid.Advance(state, members, context.Frame, frames, fields);
        }
    }
}
