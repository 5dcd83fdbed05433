using LedCluster.Domain.Fields;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// <see cref="Neuron"/> at its default parameters without the current at the end, on 101 points with frames of 0.01: equation 13 of
/// Hamid et al. (L-HiTS, 2024), whose text takes initial and boundary conditions from another system, the fronts and walls without flux of
/// FitzHugh and Nagumo's lattice. Members start as fronts u(x) = u₀ + (u₁ − u₀)(1 + tanh((x − x₀)/w))/2, v(x) alike, with
/// u₀, u₁ ~ U(−0.3, 0.9), v₀, v₁ ~ U(0, 0.2), x₀ ~ U(0.2, 0.8), w ~ U(0.05, 0.15). Dimensionless.
/// </summary>
public sealed class NeuronSystem : ISystem
{
    private const int Points = 101;

    /// <inheritdoc />
    public string Name => Neuron.Description.Name;

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        .. Neuron.Description.Equations[..2],
        "ε = 0.015, α = 0.1, b = 0.5, γ = 2, c = 0.05, x ∈ [0, 1], u_x = 0 at both ends",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new FrameSolver();

    /// <summary>An excited half beside one at rest, and rest everywhere.</summary>
    public IReadOnlyList<string> References { get; } = ["front", "rest"];

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        if (index == 0)
            Front(fields, 0.5, 0.1, (0.9, 0), (0.05, 0.05));
        else
            fields.Clear();
    }

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24);
        var (position, width) = (random.NextUniform(0.2, 0.8), random.NextUniform(0.05, 0.15));
        var u = (random.NextUniform(-0.3, 0.9), random.NextUniform(-0.3, 0.9));
        Front(fields, position, width, u, (random.NextUniform(0, 0.2), random.NextUniform(0, 0.2)));
    }

    private static void Front(Span<double> fields, double position, double width, (double Left, double Right) u, (double Left, double Right) v)
    {
        for (var j = 0; j < Points; j++)
        {
            var share = 0.5 + 0.5 * Math.Tanh((j / (Points - 1.0) - position) / width);
            (fields[j], fields[Points + j]) = (double.Lerp(u.Left, u.Right, share), double.Lerp(v.Left, v.Right, share));
        }
    }

    private sealed class FrameSolver : FixedSizeSolver
    {
        private readonly NeuronSolver solver = new(Points);

        public override FieldLayout Layout { get; } = new(
            [.. Neuron.Description.Unknowns.Select(unknown => new FieldChannel(unknown.Name, unknown.Meaning, unknown.Unit, 5))],
            [new("x", Points, 1.0 / (Points - 1))], 0.01);

        public override int StateSize => 2 * Points;

        public override void Lift(ReadOnlySpan<double> fields, Span<double> state, LiftRule lift, in StepContext context) => fields.CopyTo(state);

        public override void Advance(Span<double> state, int frames, Span<double> fields, in StepContext context)
        {
            var parameters = Neuron.Description.DefaultParameters(context.Count);
            for (var m = 0; m < context.Count; m++)
                parameters[(m + 1) * Neuron.Description.Parameters.Length - 1] = 0; // the current's amplitude
            solver.Advance(state, parameters, context.Frame, frames, fields);
        }
    }
}
