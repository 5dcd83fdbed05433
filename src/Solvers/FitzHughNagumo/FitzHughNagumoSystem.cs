using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.FitzHughNagumo;

/// <summary>FitzHugh–Nagumo with its six reference fronts and the random family around them.</summary>
public sealed class FitzHughNagumoSystem : IInnerTimeStep
{
    private static readonly FitzHughNagumoFront[] ByName = [.. FitzHughNagumoFront.References.OrderBy(front => front.Name, StringComparer.Ordinal)];

    /// <inheritdoc />
    public string Name => "fitzhugh-nagumo";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "∂u/∂t = D_u ∂²u/∂x² + u − u³ − v",
        "∂v/∂t = D_v ∂²v/∂x² + ε(u − a₁v − a₀)",
        "D_u = 1, D_v = 4, ε = 0.006, a₀ = −0.03, a₁ = 2, x ∈ [0, 20], zero flux at the walls",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new FitzHughNagumoSolver();

    /// <inheritdoc />
    public double InnerTimeStep { get; } = new FitzHughNagumoParameters().TimeStep;

    /// <inheritdoc />
    public IMicroSolver SolverAt(double innerTimeStep)
    {
        var (p, steps) = (new FitzHughNagumoParameters(), Math.Round(Solver.Layout.TimeStep / innerTimeStep));
        return steps is >= 10 and <= 1_000_000 && Math.Abs(steps * innerTimeStep - Solver.Layout.TimeStep) <= 1e-9
            ? new FitzHughNagumoSolver(p with { TimeStep = innerTimeStep, StepsPerFrame = (int)steps })
            : throw new ArgumentException(
                FormattableString.Invariant($"The inner time step {innerTimeStep} does not divide the coarse time step {Solver.Layout.TimeStep}, ")
                + FormattableString.Invariant($"or is above a tenth of it; give 1/k with a whole k from 10, for example {p.TimeStep}."));
    }

    /// <inheritdoc />
    public IMicroSolver? SolverWithFrames(double frameStep)
    {
        var (p, steps) = (new FitzHughNagumoParameters(), Math.Round(frameStep / InnerTimeStep));
        return steps >= 1 && Math.Abs(steps * InnerTimeStep - frameStep) <= 1e-9 ? new FitzHughNagumoSolver(p with { StepsPerFrame = (int)steps }) : null;
    }

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = [.. ByName.Select(front => front.Name)];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => ByName[index].Sample(fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) => FitzHughNagumoFront.Random(seed, member).Sample(fields);
}
