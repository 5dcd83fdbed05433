using System.Collections.Immutable;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Propagators.CoarsePde;

/// <summary>The equation of one field: ∂w/∂t = f(features).</summary>
/// <param name="Features">The features that f depends on, as positions in <see cref="PointFeatures.Names"/>.</param>
/// <param name="Rate">f, per unit of time.</param>
/// <param name="ImplicitDiffusion">
/// The part D ∂²w/∂x² of f that steps treat implicitly, 0 or more; it changes their stability, and in the limit of small steps nothing
/// else.
/// </param>
public sealed record CoarseEquation(ImmutableArray<int> Features, PointRegression Rate, double ImplicitDiffusion);

/// <summary>
/// A partial differential equation ∂w/∂t = f(w, w_x, w_xx, …) on a line with zero-flux walls, whose right-hand side was learned from frames
/// (Lee et al. 2020, doi:10.1063/1.5126869, "coarse-scale PDE"), by the method of lines. Latents are the scaled fields themselves. No
/// memory: each frame follows from the one before alone.
/// </summary>
/// <remarks>
/// Steps: the implicit-explicit Runge-Kutta method ARS(2,2,2) of second order (Ascher, Ruuth and Spiteri 1997,
/// doi:10.1016/S0168-9274(97)00056-1, section 2.6), D ∂²/∂x² implicit, f − D ∂²w/∂x² explicit, float64. Stable for any step where the two parts add up to
/// a diffusion between 0.6 D and 1.17 D at the grid's scale. A member whose field exceeds <see cref="Limit"/> is stopped, and its further latents are NaN.
/// </remarks>
public sealed class CoarsePdePropagator : IPropagator
{
    /// <summary>γ of ARS(2,2,2).</summary>
    private static readonly double Gamma = 1 - 1 / Math.Sqrt(2);

    private readonly FieldScaling scaling;
    private readonly PointFeatures features;
    private readonly ImmutableArray<CoarseEquation> equations;
    private readonly int points, steps;
    private readonly double step;
    private readonly (double R, double[] Upper, double[] Inverse)[] factors; // of I − γ h D ∂²/∂x², field by field

    /// <summary>Takes over the equations.</summary>
    /// <param name="scaling">Scaling of the fields to latents.</param>
    /// <param name="features">The features.</param>
    /// <param name="equations">An equation for each field.</param>
    /// <param name="points">Points X, 3 or more.</param>
    /// <param name="spacing">δx.</param>
    /// <param name="timeStep">Δt of a frame.</param>
    /// <param name="steps">Steps per frame.</param>
    public CoarsePdePropagator(
        FieldScaling scaling, PointFeatures features, ImmutableArray<CoarseEquation> equations, int points, double spacing, double timeStep,
        int steps)
    {
        (this.scaling, this.features, this.equations, this.points, this.steps, step) = (scaling, features, equations, points, steps, timeStep / steps);
        factors = [.. equations.Select(equation => Factor(Gamma * step * equation.ImplicitDiffusion / (spacing * spacing), points, features.HalfPointLeft))];
    }

    /// <summary>The equations, one for each field.</summary>
    public ImmutableArray<CoarseEquation> Equations => equations;

    /// <summary>A member is stopped when a field's magnitude exceeds this, in the field's unit.</summary>
    public required double Limit { get; init; }

    /// <inheritdoc />
    public int LatentSize => equations.Length * points;

    /// <inheritdoc />
    public int MemorySize => 0;

    /// <inheritdoc />
    public string Failure =>
        FormattableString.Invariant($"the learned equation blew up: a field went beyond ±{Limit}, where the integration stops; ")
        + "give more data or other features, or shorten the macro legs";

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var (row, single, state) = (context.Count * LatentSize, new float[LatentSize], new double[LatentSize]);
        var work = new Work(LatentSize, points, equations.Max(e => e.Features.Length));
        for (var m = 0; m < context.Count; m++)
        {
            var current = latents.Slice(m * LatentSize, LatentSize);
            for (var at = m * LatentSize; at < path.Length; at += row)
            {
                scaling.Unscale(current, single);
                for (var i = 0; i < single.Length; i++)
                    state[i] = single[i];
                Advance(state, work);
                current = path.Slice(at, LatentSize);
                if (IsWithinLimit(state))
                    scaling.Scale(state, path.Slice(at, LatentSize));
                else
                    path.Slice(at, LatentSize).Fill(float.NaN);
            }
        }
    }

    /// <summary>Advances one member by a frame, in physical units.</summary>
    /// <param name="state">Fields [C·X].</param>
    public void Advance(double[] state) => Advance(state, new Work(LatentSize, points, equations.Max(e => e.Features.Length)));

    private void Advance(double[] state, Work work)
    {
        var δ = 1 - 1 / (2 * Gamma);
        var (first, second, slope, middle) = (work.First, work.Second, work.Slope, work.Middle);
        for (var s = 0; s < steps; s++)
        {
            if (!IsWithinLimit(state))
                return;
            Explicit(state, first, work);
            for (var i = 0; i < state.Length; i++)
                middle[i] = slope[i] = Math.FusedMultiplyAdd(Gamma * step, first[i], state[i]);
            Solve(middle);
            for (var i = 0; i < state.Length; i++) // of the implicit part, times γh
                slope[i] = middle[i] - slope[i];
            Explicit(middle, second, work);
            for (var i = 0; i < state.Length; i++)
                state[i] += (1 - Gamma) / Gamma * slope[i] + step * (δ * first[i] + (1 - δ) * second[i]);
            Solve(state);
        }
    }

    private bool IsWithinLimit(double[] state)
    {
        foreach (var w in state)
            if (!(Math.Abs(w) <= Limit)) // true for NaN
                return false;
        return true;
    }

    /// <summary>f − D ∂²w/∂x² for all fields.</summary>
    private void Explicit(double[] state, double[] rates, Work work)
    {
        for (var c = 0; c < equations.Length; c++)
        {
            var equation = equations[c];
            var field = state.AsSpan(c * points, points);
            var values = work.Features.AsSpan(0, points * equation.Features.Length);
            features.Compute(equation.Features, state, values);
            var own = rates.AsSpan(c * points, points);
            equation.Rate.Evaluate(values, own);
            if (equation.ImplicitDiffusion > 0)
                for (var j = 0; j < points; j++)
                    own[j] -= equation.ImplicitDiffusion * features.At(field, j, 2);
        }
    }

    /// <summary>
    /// Elimination without pivots (Thomas) of 1 + 2r on the diagonal and −r beside it, −2r at the walls; with a half point left, 1 + r and
    /// −r there.
    /// </summary>
    private static (double R, double[] Upper, double[] Inverse) Factor(double r, int points, bool halfPointLeft)
    {
        var (upper, inverse) = (new double[points], new double[points]);
        for (var j = 0; j < points; j++)
        {
            inverse[j] = 1 / (1 + (j == 0 && halfPointLeft ? r : 2 * r) + (j == 0 ? 0 : Lower(r, j, points) * upper[j - 1]));
            upper[j] = -(j == 0 && !halfPointLeft ? 2 * r : r) * inverse[j];
        }
        return (r, upper, inverse);
    }

    private static double Lower(double r, int j, int points) => j == points - 1 ? 2 * r : r;

    private void Solve(double[] state)
    {
        for (var c = 0; c < equations.Length; c++)
        {
            var (r, upper, inverse) = factors[c];
            var x = state.AsSpan(c * points, points);
            x[0] *= inverse[0];
            for (var j = 1; j < points; j++)
                x[j] = Math.FusedMultiplyAdd(Lower(r, j, points), x[j - 1], x[j]) * inverse[j];
            for (var j = points - 2; j >= 0; j--)
                x[j] = Math.FusedMultiplyAdd(-upper[j], x[j + 1], x[j]);
        }
    }

    private sealed class Work(int size, int points, int features)
    {
        public readonly double[] First = new double[size], Second = new double[size], Slope = new double[size], Middle = new double[size];
        public readonly double[] Features = new double[points * features];
    }
}
