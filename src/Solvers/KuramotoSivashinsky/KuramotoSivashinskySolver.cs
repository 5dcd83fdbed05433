using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>
/// Kuramoto–Sivashinsky, ∂u/∂t + u ∂u/∂x + ∂²u/∂x² + ∂⁴u/∂x⁴ = 0 on the periodic interval [0, L), by a Fourier pseudo-spectral
/// method with ETDRK4 in float64 (<see cref="SemilinearStepper{TProblem}"/>): order 4 in δt, spectral in x, not dealiased, the
/// nonlinear term as −½ ∂(u²)/∂x with the highest mode's derivative 0. The fields determine the state, the half spectrum of u,
/// so that all lift rules agree.
/// </summary>
/// <param name="parameters">Parameters.</param>
/// <exception cref="ArgumentException">A parameter is unsuitable.</exception>
public sealed class KuramotoSivashinskySolver(KuramotoSivashinskyParameters? parameters = null) : FixedSizeSolver
{
    /// <summary>
    /// |u| on the attractor stays below 3.3, and fields of this size still relax to it; a larger one is no state of the system.
    /// </summary>
    private const double Limit = 20;

    private readonly int stepsPerFrame = (parameters ?? new()).StepsPerFrame;
    private readonly SemilinearStepper<KuramotoSivashinskyProblem> stepper = StepperOf(parameters ?? new());

    /// <inheritdoc />
    public override FieldLayout Layout { get; } = LayoutOf(parameters ?? new());

    /// <inheritdoc />
    public override int StateSize => stepper.Points;

    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => stepper.Transform(fields, state);

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context) =>
        stepper.Advance(state, frames, stepsPerFrame, fields);

    private static SemilinearStepper<KuramotoSivashinskyProblem> StepperOf(KuramotoSivashinskyParameters p) =>
        new(default, p.Points, p.Length, p.FrameTime / p.StepsPerFrame);

    private static FieldLayout LayoutOf(KuramotoSivashinskyParameters p) =>
        FieldLayout.OnLine([new FieldChannel("u", "velocity", "1", Limit)], p.Points, p.Length / p.Points, p.FrameTime, periodic: true);
}
