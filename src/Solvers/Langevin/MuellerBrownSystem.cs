using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.Langevin;

/// <summary>
/// A particle in the Müller-Brown potential at a temperature: the smallest molecular system of the LED papers (Vlachas et al. 2021,
/// doi:10.1021/acs.jctc.1c00809).
/// </summary>
public sealed class MuellerBrownSystem : ISystem
{
    /// <summary>Starts of the random family are drawn again where V is above this: from the walls of the potential steps of δt would be too long.</summary>
    private const double MostEnergy = 50;

    /// <inheritdoc />
    public string Name => "mueller-brown";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "dx = v dt, dv = −∇V dt − γ v dt + √(2γT) dW",
        "V = Σ A_i exp(a_i (x − x_i)² + b_i (x − x_i)(y − y_i) + c_i (y − y_i)²), i = 1 to 4",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = new MuellerBrownSolver();

    /// <inheritdoc />
    public bool IsStochastic => true;

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } =
        [new("T", 15, 0, 200, "temperature, in units of energy"), new("gamma", 1, 0, 100, "friction γ per unit of time")];

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["deepest", "right", "middle"];

    /// <summary>Temperature of a member.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static double Temperature(ReadOnlySpan<double> parameters) => parameters[0];

    /// <summary>Friction of a member.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static double Friction(ReadOnlySpan<double> parameters) => parameters[1];

    /// <inheritdoc />
    public string? InitialFault(ReadOnlySpan<double> fields) => MuellerBrownPotential.At(fields[0], fields[1]).Value is var energy && energy <= 1000 ? null
        : FormattableString.Invariant($"V is {energy:G4} at ({fields[0]:G4}, {fields[1]:G4}), and must be 1000 at most for steps of δt = 0.01");

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) => (fields[0], fields[1]) = MuellerBrownPotential.Minima[index];

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var random = new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24);
        do
            (fields[0], fields[1]) = (random.NextUniform(-1.5, 1.2), random.NextUniform(-0.2, 2));
        while (MuellerBrownPotential.At(fields[0], fields[1]).Value > MostEnergy);
    }
}
