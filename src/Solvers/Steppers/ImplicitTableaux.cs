using System.Collections.Immutable;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Implicit Runge-Kutta methods. "HW" is Hairer &amp; Wanner, Solving Ordinary Differential Equations II (1996,
/// doi:10.1007/978-3-642-05221-7). A-stable: |R(z)| ≤ 1 for all Re z ≤ 0. L-stable: also R(∞) = 0, so that fast decay stays fast.
/// </summary>
public static class ImplicitTableaux
{
    private static readonly double Root2 = Math.Sqrt(2), Root3 = Math.Sqrt(3), Root6 = Math.Sqrt(6);

    /// <summary>Backward Euler, y₁ = y + h f(t + h, y₁).</summary>
    public static ButcherTableau BackwardEuler { get; } = new("Backward Euler", [1], [[1]], [1], 1)
    {
        Stability = "L-stable",
        Source = "HW, equation IV.3.4",
    };

    /// <summary>The trapezoidal rule of Crank and Nicolson, the theta method with θ = ½.</summary>
    public static ButcherTableau CrankNicolson { get; } = Theta(0.5);

    /// <summary>Implicit midpoint rule, Gauss's method with one stage; symplectic.</summary>
    public static ButcherTableau ImplicitMidpoint { get; } = new("Implicit midpoint", [1.0 / 2], [[1.0 / 2]], [1], 2)
    {
        Stability = "A-stable",
        Source = "HW, section IV.5, table 5.1",
    };

    /// <summary>Alexander's method with two stages, γ = 1 − 1/√2.</summary>
    public static ButcherTableau Sdirk2 { get; } = OfAlexander2(1 - 1 / Root2);

    /// <summary>Alexander's method with three stages, γ the middle root of γ³ − 3γ² + 3γ/2 = 1/6.</summary>
    public static ButcherTableau Sdirk3 { get; } = OfAlexander3(0.43586652150845899942);

    /// <summary>
    /// Hairer and Wanner's method with five stages, γ = 1/4, and a second result of order 3: for stiff problems with step control.
    /// </summary>
    public static ButcherTableau Sdirk4 { get; } = new("SDIRK 4(3)",
        [1.0 / 4, 3.0 / 4, 11.0 / 20, 1.0 / 2, 1],
        [
            [1.0 / 4],
            [1.0 / 2, 1.0 / 4],
            [17.0 / 50, -1.0 / 25, 1.0 / 4],
            [371.0 / 1360, -137.0 / 2720, 15.0 / 544, 1.0 / 4],
            [25.0 / 24, -49.0 / 48, 125.0 / 16, -85.0 / 12, 1.0 / 4],
        ],
        [25.0 / 24, -49.0 / 48, 125.0 / 16, -85.0 / 12, 1.0 / 4], 4)
    {
        Embedded = [59.0 / 48, -17.0 / 96, 225.0 / 32, -85.0 / 12, 0],
        EmbeddedOrder = 3,
        Stability = "L-stable",
        Source = "HW, table IV.6.5",
    };

    /// <summary>Gauss's method with two stages; symplectic.</summary>
    public static ButcherTableau Gauss2 { get; } = new("Gauss, 2 stages",
        [1.0 / 2 - Root3 / 6, 1.0 / 2 + Root3 / 6],
        [[1.0 / 4, 1.0 / 4 - Root3 / 6], [1.0 / 4 + Root3 / 6, 1.0 / 4]],
        [1.0 / 2, 1.0 / 2], 4)
    {
        Stability = "A-stable",
        Source = "HW, table IV.5.1",
    };

    /// <summary>Radau IIA with two stages.</summary>
    public static ButcherTableau Radau2 { get; } = new("Radau IIA, 2 stages",
        [1.0 / 3, 1], [[5.0 / 12, -1.0 / 12], [3.0 / 4, 1.0 / 4]], [3.0 / 4, 1.0 / 4], 3)
    {
        Stability = "L-stable",
        Source = "HW, table IV.5.5",
    };

    /// <summary>Radau IIA with three stages.</summary>
    public static ButcherTableau Radau3 { get; } = new("Radau IIA, 3 stages",
        [(4 - Root6) / 10, (4 + Root6) / 10, 1],
        [
            [(88 - 7 * Root6) / 360, (296 - 169 * Root6) / 1800, (-2 + 3 * Root6) / 225],
            [(296 + 169 * Root6) / 1800, (88 + 7 * Root6) / 360, (-2 - 3 * Root6) / 225],
            [(16 - Root6) / 36, (16 + Root6) / 36, 1.0 / 9],
        ],
        [(16 - Root6) / 36, (16 + Root6) / 36, 1.0 / 9], 5)
    {
        Stability = "L-stable",
        Source = "HW, table IV.5.6",
    };

    /// <summary>Lobatto IIIC with two stages.</summary>
    public static ButcherTableau Lobatto2 { get; } = new("Lobatto IIIC, 2 stages",
        [0, 1], [[1.0 / 2, -1.0 / 2], [1.0 / 2, 1.0 / 2]], [1.0 / 2, 1.0 / 2], 2)
    {
        Stability = "L-stable",
        Source = "HW, table IV.5.11",
    };

    /// <summary>All methods that have a name.</summary>
    public static ImmutableArray<ButcherTableau> All { get; } =
        [BackwardEuler, CrankNicolson, ImplicitMidpoint, Sdirk2, Sdirk3, Sdirk4, Gauss2, Radau2, Radau3, Lobatto2];

    /// <summary>
    /// The theta method, y₁ = y + h [(1 − θ) f(t, y) + θ f(t + h, y₁)]: θ = 0 is Euler's method, ½ Crank and Nicolson's, 1 backward
    /// Euler. R(z) = (1 + (1 − θ)z)/(1 − θz).
    /// </summary>
    /// <param name="θ">Weight of the new level, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">θ is outside this range.</exception>
    public static ButcherTableau Theta(double θ)
    {
        if (θ is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(θ), θ, "The weight θ of the new level must be from 0 (Euler) to 1 (backward Euler).");
        return new ButcherTableau(θ == 0.5 ? "Crank-Nicolson" : FormattableString.Invariant($"Theta method, θ = {θ}"),
            [0, 1], [[], [1 - θ, θ]], [1 - θ, θ], θ == 0.5 ? 2 : 1)
        {
            Stability = θ == 1 ? "L-stable" : θ >= 0.5 ? "A-stable" : FormattableString.Invariant($"{-2 / (1 - 2 * θ):G4} ≤ z ≤ 0"),
            Source = "HW, section IV.3",
        };
    }

    private static ButcherTableau OfAlexander2(double γ) => new("SDIRK 2", [γ, 1], [[γ], [1 - γ, γ]], [1 - γ, γ], 2)
    {
        Stability = "L-stable",
        Source = "Alexander 1977, doi:10.1137/0714068, theorem 5",
    };

    private static ButcherTableau OfAlexander3(double γ)
    {
        double[] last = [-(6 * γ * γ - 16 * γ + 1) / 4, (6 * γ * γ - 20 * γ + 5) / 4, γ];
        return new("SDIRK 3", [γ, (1 + γ) / 2, 1], [[γ], [(1 - γ) / 2, γ], last], last, 3)
        {
            Stability = "L-stable",
            Source = "Alexander 1977, doi:10.1137/0714068, theorem 5",
        };
    }
}
