using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Solvers.RandomWalk;

/// <summary>
/// Random walkers on a periodic lattice, seen as shares in 25 bins (Kaltenbach and Koutsourelakis 2021, the advection-diffusion example). In the
/// limit of many walkers ρ_t + v ρ_s = D ρ_ss with v = (p_r − p_l)/(640 δt) = 0.015625 and D = (p_l + p_r)/(2 · 640² δt) = 1.953e-4.
/// </summary>
/// <param name="solver">How walkers are moved; cell by cell if none is given.</param>
public sealed class WalkersSystem(WalkerSolver? solver = null) : ISystem
{
    private const int κ = 0, Waves = 1, Phase = 2, Left = 3, Right = 4, Number = 5;

    /// <inheritdoc />
    public string Name => "walkers";

    /// <inheritdoc />
    public IReadOnlyList<string> Equations { get; } =
    [
        "N walkers on [−1, 1), periodic; every δt = 2.5e-3 each jumps by 1/640 to the left with p_l, to the right with p_r",
        "X_j: share of the walkers in bin j of 25, every Δt = 1600 δt",
        "at t = 0: ρ ∝ exp(κ sin(πk(s + 1) + 2πφ))",
    ];

    /// <inheritdoc />
    public IMicroSolver Solver { get; } = solver ?? new LumpedWalkers();

    /// <inheritdoc />
    public bool IsStochastic => true;

    /// <inheritdoc />
    public ImmutableArray<Parameter> Parameters { get; } =
    [
        new("kappa", 1, 0.2, 2, "amplitude κ of the initial density's logarithm", IsDrawn: true, InitialOnly: true),
        new("k", 0, 0, 8, "waves of the initial density, a whole number; 0: each member draws 1 or 2", IsWhole: true, InitialOnly: true),
        new("shift", 0, 0, 1, "phase φ of the initial density, in turns", IsDrawn: true, InitialOnly: true),
        new("p_left", 0.1875, 0, 0.5, "probability of a jump to the left"),
        new("p_right", 0.2125, 0, 0.5, "probability of a jump to the right"),
        new("N", 250_000, 1, 1e9, "number of walkers, a whole number", IsWhole: true),
    ];

    /// <inheritdoc />
    public IReadOnlyList<string> References { get; } = ["uniform", "one-wave", "two-waves"];

    /// <summary>Number of walkers N of a member.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static long Walkers(ReadOnlySpan<double> parameters) => Whole(parameters[Number], "N");

    /// <summary>Probabilities of a member's jumps, to the left and to the right.</summary>
    /// <param name="parameters">The member's parameters.</param>
    public static (double Left, double Right) JumpProbabilities(ReadOnlySpan<double> parameters) => (parameters[Left], parameters[Right]);

    /// <inheritdoc />
    public string? InitialFault(ReadOnlySpan<double> fields) => WalkerLattice.Fault(fields);

    /// <inheritdoc />
    public void Reference(int index, ReadOnlySpan<double> parameters, Span<double> fields) =>
        Profile(index == 0 ? 0 : 1, index, 0, Walkers(parameters), fields);

    /// <inheritdoc />
    public void Random(ulong seed, int member, ReadOnlySpan<double> parameters, Span<double> fields)
    {
        var waves = Whole(parameters[Waves], "k");
        if (waves == 0)
            waves = 1 + new Philox(seed, (uint)member, step: 0, (uint)DrawPurpose.InitialCondition << 24).NextIndex(2);
        Profile(parameters[κ], waves, parameters[Phase], Walkers(parameters), fields);
    }

    /// <summary>Shares whose numbers of walkers are those of the density, rounded: nothing in them is drawn, as in the published data.</summary>
    private static void Profile(double amplitude, long waves, double phase, long walkers, Span<double> fields)
    {
        for (var bin = 0; bin < WalkerLattice.Bins; bin++)
        {
            fields[bin] = 0;
            for (var cell = bin * WalkerLattice.CellsPerBin; cell < (bin + 1) * WalkerLattice.CellsPerBin; cell++)
                fields[bin] += Math.Exp(amplitude * Math.Sin(2 * Math.PI * (waves * (cell + 0.5) / WalkerLattice.Cells + phase)));
        }
        var counts = WalkerLattice.Rounded(fields, walkers);
        for (var bin = 0; bin < counts.Length; bin++)
            fields[bin] = (double)counts[bin] / walkers;
    }

    private static long Whole(double value, string name) => value == Math.Round(value) ? (long)value
        : throw new ArgumentException(FormattableString.Invariant($"The parameter {name} of the walkers is {value}; it must be a whole number."));
}
