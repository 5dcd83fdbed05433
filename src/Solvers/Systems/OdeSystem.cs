using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// Ordinary differential equations at their default parameters, by classical Runge-Kutta with a step for each frame; members start
/// uniformly in a box.
/// </summary>
/// <typeparam name="TEquations">The equations.</typeparam>
/// <param name="name">Name in the catalogue.</param>
/// <param name="description">What they are.</param>
/// <param name="timeStep">Step and frame Δt.</param>
/// <param name="limit">Magnitude that no unknown exceeds.</param>
/// <param name="box">Least and largest first value of each unknown.</param>
public sealed class OdeSystem<TEquations>(
    string name, OdeDescription description, double timeStep, double limit, params (double Low, double High)[] box) : ISystem
    where TEquations : struct, IOdeSystem
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations =>
        [.. description.Equations, .. description.Parameters.Select(p => FormattableString.Invariant($"{p.Name} = {p.Default}"))];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new OdeSolver(
        description, new([.. description.Unknowns.Select(u => new FieldChannel(u.Name, u.Meaning, u.Unit, limit))], [], timeStep));

    /// <summary>The middle of the box.</summary>
    public IReadOnlyList<string> References { get; } = ["middle"];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        for (var k = 0; k < fields.Length; k++)
            fields[k] = (box[k].Low + box[k].High) / 2;
    }

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24);
        for (var k = 0; k < fields.Length; k++)
            fields[k] = random.NextUniform(box[k].Low, box[k].High);
    }

    private sealed class OdeSolver(OdeDescription description, FieldLayout layout) : FixedSizeSolver
    {
        private readonly Integrator<TEquations> integrator = new(new ExplicitRungeKutta<TEquations>(default, ExplicitTableaux.Classical4));

        public override FieldLayout Layout => layout;

        public override int StateSize => layout.Channels.Length;

        public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => fields.CopyTo(state);

        public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context) =>
            integrator.Advance(state, description.DefaultParameters(context.Count), new StepGrid(0, layout.TimeStep, context.Frame), frames, 1, fields);
    }
}
