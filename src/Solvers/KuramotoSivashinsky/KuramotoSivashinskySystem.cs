using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>Kuramoto–Sivashinsky on L = 22 with its named initial conditions and the random family.</summary>
/// <param name="name">Name in the catalogue.</param>
/// <param name="parameters">Grid, frames and inner step; the LED paper's if not given.</param>
public sealed class KuramotoSivashinskySystem(string name = "kuramoto-sivashinsky", KuramotoSivashinskyParameters? parameters = null) : IInnerTimeStep
{
    private readonly KuramotoSivashinskyParameters parameters = parameters ?? new();

    /// <summary>
    /// With 120 points and a frame for each step of 0.05, as Hamid et al. (L-HiTS, 2024) and Liu, Kutz &amp; Brunton 2022
    /// (doi:10.1098/rsta.2021.0200) sample it.
    /// </summary>
    public static KuramotoSivashinskySystem Fine { get; } = new("kuramoto-sivashinsky-120", new() { Points = 120, FrameTime = 0.05, TimeStep = 0.05 });

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "∂u/∂t + u ∂u/∂x + ∂²u/∂x² + ∂⁴u/∂x⁴ = 0",
        "x ∈ [0, 22), periodic",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new KuramotoSivashinskySolver(parameters);

    /// <summary>As the LED paper has it; docs/methods.md measures 1/0.0487 = 20.5.</summary>
    public double? LyapunovTime => 20.83;

    /// <inheritdoc />
    public double InnerTimeStep => parameters.TimeStep;

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = [.. KuramotoSivashinskySpectrum.References.Select(reference => reference.Name)];

    /// <inheritdoc />
    public IMicroSolver SolverAt(double innerTimeStep) => new KuramotoSivashinskySolver(parameters with { TimeStep = innerTimeStep });

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => KuramotoSivashinskySpectrum.References[index].Sample(fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields) =>
        KuramotoSivashinskySpectrum.Random(seed, member).Sample(fields);
}
