using System.Runtime.Intrinsics;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.FitzHughNagumo;

/// <summary>
/// FitzHugh–Nagumo on x ∈ [0, 20] with zero-flux walls: ∂u/∂t = D_u ∂²u/∂x² + u − u³ − v,
/// ∂v/∂t = D_v ∂²v/∂x² + ε(u − a₁v − a₀), by the D1Q3 lattice-Boltzmann method in float64
/// (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w). Second order in δx at δt ∝ δx².
/// </summary>
/// <param name="parameters">Parameters; the defaults are the paper's.</param>
public sealed class FitzHughNagumoSolver(FitzHughNagumoParameters? parameters = null) : FixedSizeSolver
{
    /// <summary>Members per block: they fill a vector, while the six populations stay in the first-level cache, or near it with 512 bits.</summary>
    private static readonly int BlockLanes = Vector512.IsHardwareAccelerated ? Vector512<double>.Count : Vector256<double>.Count;

    private readonly FitzHughNagumoParameters p = parameters ?? new();

    /// <inheritdoc />
    public override FieldLayout Layout { get; } = LayoutOf(parameters ?? new());

    /// <inheritdoc />
    public override int StateSize => 6 * p.Points;

    /// <summary>
    /// Populations that belong to the densities ρ: f_i = ρ/3 at equilibrium; with <see cref="LiftRule.Gradient"/> also the
    /// first Chapman–Enskog term f_i⁽¹⁾ = −c_i(ρ_{j+1} − ρ_{j−1}) / (6ω), with zero-flux mirror values beyond the walls.
    /// </summary>
    /// <inheritdoc />
    public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context)
    {
        var n = p.Points;
        for (var species = 0; species < fields.Length / n; species++)
        {
            var ρ = fields.Slice(species * n, n);
            var f = state.Slice(3 * species * n, 3 * n); // [rest, plus, minus][point]
            var ω = p.RelaxationRate(species % 2 == 0 ? p.ActivatorDiffusion : p.InhibitorDiffusion);
            for (var j = 0; j < n; j++)
            {
                var difference = ρ[Math.Min(j + 1, n - 1)] - ρ[Math.Max(j - 1, 0)];
                var flux = lift == LiftRule.Gradient ? difference / (6 * ω) : 0;
                f[j] = ρ[j] / 3;
                f[n + j] = ρ[j] / 3 - flux;
                f[2 * n + j] = ρ[j] / 3 + flux;
            }
        }
    }

    /// <inheritdoc />
    public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
    {
        var members = state.Length / StateSize;
        for (var first = 0; first < members; first += BlockLanes)
        {
            var lanes = Math.Min(BlockLanes, members - first);
            using var block = new LatticeBoltzmannBlock(p, lanes);
            for (var lane = 0; lane < lanes; lane++)
                block.Load(lane, state.Slice((first + lane) * StateSize, StateSize));
            for (var frame = 0; frame < frames; frame++)
            {
                block.Step(p.StepsPerFrame);
                for (var lane = 0; lane < lanes; lane++)
                    block.Densities(lane, fields.Slice((frame * members + first + lane) * Layout.Size, Layout.Size));
            }
            for (var lane = 0; lane < lanes; lane++)
                block.Store(lane, state.Slice((first + lane) * StateSize, StateSize));
        }
    }

    private static FieldLayout LayoutOf(FitzHughNagumoParameters p) => FieldLayout.OnLine(
        [new FieldChannel("u", "activator", "1", Limit: 10), new FieldChannel("v", "inhibitor", "1", Limit: 10)],
        p.Points, p.Spacing, p.StepsPerFrame * p.TimeStep);
}
