using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>Kuramoto–Sivashinsky on L = 22 with its named initial conditions and the random family.</summary>
public sealed class KuramotoSivashinskySystem : IInnerTimeStep
{
    /// <inheritdoc />
    public string Name => "kuramoto-sivashinsky";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "∂u/∂t + u ∂u/∂x + ∂²u/∂x² + ∂⁴u/∂x⁴ = 0",
        "x ∈ [0, 22), periodic",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new KuramotoSivashinskySolver();

    /// <summary>As the LED paper has it; docs/methods.md measures 1/0.0487 = 20.5.</summary>
    public double? LyapunovTime => 20.83;

    /// <inheritdoc />
    public double InnerTimeStep { get; } = new KuramotoSivashinskyParameters().TimeStep;

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = [.. KuramotoSivashinskySpectrum.References.Select(reference => reference.Name)];

    /// <inheritdoc />
    public IMicroSolver SolverAt(double innerTimeStep) => new KuramotoSivashinskySolver(new() { TimeStep = innerTimeStep });

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => KuramotoSivashinskySpectrum.References[index].Sample(fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) => KuramotoSivashinskySpectrum.Random(seed, member).Sample(fields);
}
