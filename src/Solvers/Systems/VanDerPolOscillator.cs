using System.Collections.Immutable;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Van der Pol's oscillator in Liénard's plane (<see cref="VanDerPolLienard"/>), with μ of its own for each member; by the theta method with
/// θ = ½, h = 0.1, and Newton's iteration to the end (Cattaneo, Dotti &amp; Fedrizzi, PACS project report, Politecnico di Milano 2022,
/// section 3). Random members start in [−5, 5]². Dimensionless.
/// </summary>
public sealed class VanDerPolOscillator : ISystem
{
    /// <inheritdoc />
    public string Name => VanDerPolLienard.Description.Name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations => VanDerPolLienard.Description.Equations;

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new OdeSolver();

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } = [new("mu", 1, 0.1, 10, "strength of the nonlinear damping")];

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["inside", "outside"];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) =>
        (fields[0], fields[1]) = index == 0 ? (0.1, 0) : (4, 4);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24);
        (fields[0], fields[1]) = (random.NextUniform(-5, 5), random.NextUniform(-5, 5));
    }

    private sealed class OdeSolver : FixedSizeSolver
    {
        private readonly Integrator<VanDerPolLienard> integrator = new(RungeKutta.Create(new VanDerPolLienard(), ImplicitTableaux.CrankNicolson));

        public override FieldLayout Layout { get; } = new([new("x", "position", "1", 20), new("y", "Liénard's variable", "1", 20)], [], 0.1);

        public override int StateSize => 2;

        public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => fields.CopyTo(state);

        public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context) =>
            integrator.Advance(state, context.Parameters.Span, new StepGrid(0, Layout.TimeStep, context.Frame), frames, 1, fields);
    }
}
