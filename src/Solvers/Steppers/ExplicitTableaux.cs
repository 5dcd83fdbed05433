using System.Collections.Immutable;

namespace LedCluster.Solvers.Steppers;

/// <summary>
/// Explicit Runge-Kutta methods. "HNW" is Hairer, Nørsett &amp; Wanner, Solving Ordinary Differential Equations I (1993,
/// doi:10.1007/978-3-540-78862-1). Stability: the interval of the negative real axis in which |R(z)| ≤ 1.
/// </summary>
public static class ExplicitTableaux
{
    /// <summary>Euler's method, y₁ = y + h f(t, y).</summary>
    public static ButcherTableau Euler { get; } = new("Euler", [0], [[]], [1], 1)
    {
        Stability = "-2 ≤ z ≤ 0",
        Source = "HNW, equation I.7.3",
    };

    /// <summary>Explicit midpoint rule, of Runge.</summary>
    public static ButcherTableau Midpoint { get; } = new("Midpoint", [0, 1.0 / 2], [[], [1.0 / 2]], [0, 1], 2)
    {
        Stability = "-2 ≤ z ≤ 0",
        Source = "HNW, equation II.1.4",
    };

    /// <summary>Heun's method of order 2, the explicit trapezoidal rule.</summary>
    public static ButcherTableau Heun { get; } = new("Heun", [0, 1], [[], [1]], [1.0 / 2, 1.0 / 2], 2)
    {
        Stability = "-2 ≤ z ≤ 0",
        Source = "HNW, section II.1",
    };

    /// <summary>Ralston's method, of all with two stages the one with the smallest error bound.</summary>
    public static ButcherTableau Ralston { get; } = new("Ralston", [0, 2.0 / 3], [[], [2.0 / 3]], [1.0 / 4, 3.0 / 4], 2)
    {
        Stability = "-2 ≤ z ≤ 0",
        Source = "Ralston 1962, doi:10.1090/S0025-5718-1962-0150954-0",
    };

    /// <summary>The classical method of order 4.</summary>
    public static ButcherTableau Classical4 { get; } = new("RK4",
        [0, 1.0 / 2, 1.0 / 2, 1], [[], [1.0 / 2], [0, 1.0 / 2], [0, 0, 1]], [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6], 4)
    {
        Stability = "-2.785 ≤ z ≤ 0",
        Source = "Kutta 1901; HNW, table II.1.2",
    };

    /// <summary>Kutta's 3/8 rule.</summary>
    public static ButcherTableau ThreeEighths { get; } = new("3/8 rule",
        [0, 1.0 / 3, 2.0 / 3, 1], [[], [1.0 / 3], [-1.0 / 3, 1], [1, -1, 1]], [1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8], 4)
    {
        Stability = "-2.785 ≤ z ≤ 0",
        Source = "Kutta 1901; HNW, table II.1.2",
    };

    /// <summary>
    /// Dormand and Prince's pair of orders 5 and 4, with dense output of order 4 by Shampine. Six evaluations per step, since the last
    /// is the first of the next.
    /// </summary>
    public static ButcherTableau DormandPrince { get; } = new("Dormand-Prince 5(4)",
        [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1],
        [
            [],
            [1.0 / 5],
            [3.0 / 40, 9.0 / 40],
            [44.0 / 45, -56.0 / 15, 32.0 / 9],
            [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
            [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
            [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
        ],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0], 5)
    {
        Embedded = [5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40],
        EmbeddedOrder = 4,
        Dense =
        [
            [1, -8048581381.0 / 2820520608, 8663915743.0 / 2820520608, -12715105075.0 / 11282082432],
            [0, 0, 0, 0],
            [0, 131558114200.0 / 32700410799, -68118460800.0 / 10900136933, 87487479700.0 / 32700410799],
            [0, -1754552775.0 / 470086768, 14199869525.0 / 1410260304, -10690763975.0 / 1880347072],
            [0, 127303824393.0 / 49829197408, -318862633887.0 / 49829197408, 701980252875.0 / 199316789632],
            [0, -282668133.0 / 205662961, 2019193451.0 / 616988883, -1453857185.0 / 822651844],
            [0, 40617522.0 / 29380423, -110615467.0 / 29380423, 69997945.0 / 29380423],
        ],
        Stability = "-3.307 ≤ z ≤ 0",
        Source = "Dormand & Prince 1980, doi:10.1016/0771-050X(80)90013-3, table 2; Shampine 1986, doi:10.2307/2008219",
    };

    /// <summary>All methods that have a name.</summary>
    public static ImmutableArray<ButcherTableau> All { get; } = [Euler, Midpoint, Heun, Ralston, Classical4, ThreeEighths, DormandPrince];

    /// <summary>
    /// Extrapolation of Euler's method with 1, 2, …, p steps, written as one tableau: any order p with p(p−1)/2 + 1 stages (HNW,
    /// section II.9, equation 9.10 for h → 0 with n_j = j). It starts multistep methods; as a method of its own it is dear, and its
    /// weights grow like p^p/p!.
    /// </summary>
    /// <param name="order">Order p, from 1 to 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is outside this range.</exception>
    public static ButcherTableau ExtrapolatedEuler(int order)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 12);

        // Stage 0 is f(t, y); the j-th column T_j = y + (h/j) Σ_{l<j} f(Y_jl) adds the stages Y_j1 … Y_j,j−1, and Y_j0 = y is shared.
        var (c, a, b) = (new List<double> { 0 }, new List<double[]> { Array.Empty<double>() }, new List<double> { 0 });
        for (var j = 1; j <= order; j++)
        {
            var weight = 1.0; // T = Σ_j w_j T_j with w_j = Π_{l≠j} j/(j − l)
            for (var l = 1; l <= order; l++)
                if (l != j)
                    weight *= (double)j / (j - l);
            b[0] += weight / j;
            var first = b.Count;
            for (var step = 1; step < j; step++)
            {
                var row = new double[first + step - 1];
                row[0] = 1.0 / j;
                Array.Fill(row, 1.0 / j, first, step - 1);
                c.Add((double)step / j);
                a.Add(row);
                b.Add(weight / j);
            }
        }
        return new ButcherTableau($"Extrapolated Euler of order {order}", [.. c], [.. a], [.. b], order)
        {
            Stability = "as any explicit method of its order with p stages: R(z) = Σ_{k≤p} z^k/k!",
            Source = "HNW, section II.9",
        };
    }
}
