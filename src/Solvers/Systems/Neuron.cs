using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Solvers.Steppers;

namespace LedCluster.Solvers.Systems;

/// <summary>
/// FitzHugh and Nagumo's model of a neuron with diffusion, εu_t = ε²u_xx + u(u − α)(1 − u) − v + c, v_t = bu − γv + c on x ∈ [0, 1], with
/// the current u_x(0, t) = −At³e^(−15t) at one end and none at the other (Chaturantabut &amp; Sorensen 2010, doi:10.1137/090766498,
/// equations 4.1 to 4.3; ε = 0.015 there and in equation 13 of Hamid et al. 2024). By central differences on N points
/// x_j = j/(N − 1), of order 2: u_xx(0) from a point beyond the end that the current determines. Dimensionless.
/// </summary>
/// <param name="Points">Grid points N, at least 3.</param>
public readonly record struct Neuron(int Points) : IOdeSystem
{
    /// <summary>What it is; the unknowns stand as [u, v][point].</summary>
    public static OdeDescription Description { get; } = new(
        "neuron",
        ["εu_t = ε²u_xx + u(u − α)(1 − u) − v + c", "v_t = bu − γv + c", "u_x(0, t) = −At³e^(−15t), u_x(1, t) = 0"],
        [new("u", "voltage"), new("v", "recovery of the voltage")],
        [
            new("ε", 0.015, 0.005, 0.1, "ratio of the time scales, and width of a front"),
            new("α", 0.1, 0, 0.5, "threshold of the excitation"),
            new("b", 0.5, 0, 5, "coupling of the recovery"),
            new("γ", 2, 0, 10, "rate of the recovery's own decay"),
            new("c", 0.05, -1, 1, "constant current"),
            new("A", 50_000, 0, 1e6, "amplitude of the current at the end"),
        ],
        "Chaturantabut & Sorensen 2010, doi:10.1137/090766498, equations 4.1 to 4.3");

    /// <inheritdoc />
    public int Size => 2 * Points;

    /// <inheritdoc />
    public int ParameterCount => 6;

    /// <inheritdoc />
    public void Derivative(Vector512<double> t, Lanes y, Lanes p, Lanes dydt)
    {
        var (ε, α, b, γ, c, one, n) = (p[0], p[1], p[2], p[3], p[4], Vector512<double>.One, Points);
        var inverse = one / ε;
        var diffusion = ε * ((n - 1.0) * (n - 1.0));
        var (before, here) = (y[1] + 2.0 / (n - 1) * Current(t, p), y[0]); // the point beyond the end
        for (var j = 0; j < n; j++)
        {
            var after = j + 1 < n ? y[j + 1] : before;
            var reaction = Vector512.FusedMultiplyAdd(here * (here - α), one - here, c - y[n + j]);
            var spread = Vector512.FusedMultiplyAdd(Vector512.Create(-2.0), here, before + after);
            dydt[j] = Vector512.FusedMultiplyAdd(diffusion, spread, inverse * reaction);
            dydt[n + j] = Vector512.FusedMultiplyAdd(b, here, Vector512.FusedMultiplyAdd(-γ, y[n + j], c));
            (before, here) = (here, after);
        }
    }

    /// <summary>At³e^(−15t), 0 for t &lt; 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<double> Current(Vector512<double> t, Lanes p)
    {
        t = Vector512.Max(t, Vector512<double>.Zero);
        return p[5] * (t * t * t) * ExponentialFunction.Of(-15 * t);
    }
}

/// <summary>
/// Newton's matrix of <see cref="Neuron"/>: v enters its own equation alone, so that it is eliminated point by point, and what is left
/// for u has three diagonals (Thomas's algorithm, without pivoting, which is safe while σ max(∂reaction/∂u) &lt; ε, that is σ &lt; 3ε).
/// </summary>
/// <param name="points">Grid points N.</param>
public sealed class NeuronMatrix(int points) : NewtonMatrix
{
    /// <inheritdoc />
    public override int WorkSize => points;

    /// <inheritdoc />
    public override void Solve(Vector512<double> t, Lanes y, Lanes p, Vector512<double> σ, Lanes x, Lanes work)
    {
        var (ε, α, b, γ, one, n) = (p[0], p[1], p[2], p[3], Vector512<double>.One, points);
        var share = one / Vector512.FusedMultiplyAdd(σ, γ, one); // x_v = (r_v + σb x_u)·share
        var rate = σ / ε;
        var side = -σ * ε * ((n - 1.0) * (n - 1.0));
        var common = Vector512.FusedMultiplyAdd(rate * share, σ * b, one - 2 * side);
        var (upper, carried) = (Vector512<double>.Zero, Vector512<double>.Zero); // of the row before, scaled to a diagonal of 1
        for (var j = 0; j < n; j++)
        {
            // ∂/∂u u(u − α)(1 − u) = −3u² + 2(1 + α)u − α
            var slope = Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(Vector512.Create(-3.0), y[j], 2 * (one + α)), y[j], -α);
            var lower = j == 0 ? Vector512<double>.Zero : j == n - 1 ? 2 * side : side;
            var diagonal = Vector512.FusedMultiplyAdd(-lower, upper, Vector512.FusedMultiplyAdd(-rate, slope, common));
            var right = Vector512.FusedMultiplyAdd(-rate * share, x[n + j], x[j]);
            var inverse = one / diagonal;
            carried = inverse * Vector512.FusedMultiplyAdd(-lower, carried, right);
            upper = inverse * (j == 0 ? 2 * side : side);
            (x[j], work[j]) = (carried, upper);
        }
        for (var j = n - 1; j >= 0; j--)
        {
            if (j < n - 1)
                x[j] = Vector512.FusedMultiplyAdd(-work[j], x[j + 1], x[j]);
            x[n + j] = share * Vector512.FusedMultiplyAdd(σ * b, x[j], x[n + j]);
        }
    }
}

/// <summary>
/// The solver of <see cref="Neuron"/>: Alexander's diagonally implicit method of order 3 with true Newton steps, eight members per
/// vector. Immutable, and safe to use from several threads.
/// </summary>
public sealed class NeuronSolver
{
    private readonly Integrator<Neuron> integrator;
    private readonly int stepsPerFrame;

    /// <summary>Prepares the solver.</summary>
    /// <param name="points">Grid points N: 513, from 3.</param>
    /// <param name="frameTime">Time from one frame to the next: 0.01, above 0.</param>
    /// <param name="stepsPerFrame">Steps from one frame to the next: 2, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public NeuronSolver(int points = 513, double frameTime = 0.01, int stepsPerFrame = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 3);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frameTime);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepsPerFrame);
        (Points, FrameTime, this.stepsPerFrame) = (points, frameTime, stepsPerFrame);
        integrator = new Integrator<Neuron>(new DiagonallyImplicitRungeKutta<Neuron>(new Neuron(points), ImplicitTableaux.Sdirk3, new NeuronMatrix(points)));
    }

    /// <summary>Grid points N.</summary>
    public int Points { get; }

    /// <summary>Time from one frame to the next.</summary>
    public double FrameTime { get; }

    /// <summary>Advances members, and writes every frame.</summary>
    /// <param name="state">States [M, 2, N], u then v; overwritten with those after the last frame.</param>
    /// <param name="parameters">Parameters [M, 6] as <see cref="Neuron.Description"/> lists them.</param>
    /// <param name="firstFrame">Frames made before; t = firstFrame · <see cref="FrameTime"/> now.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="path">Receives the states [frames, M, 2, N]; empty to keep none.</param>
    /// <exception cref="ArgumentException">The arrays' sizes do not fit each other.</exception>
    public void Advance(Span<double> state, ReadOnlySpan<double> parameters, long firstFrame, int frames, Span<double> path) =>
        integrator.Advance(state, parameters, new StepGrid(0, FrameTime / stepsPerFrame, firstFrame * stepsPerFrame), frames, stepsPerFrame, path);
}

/// <summary>e^x by a polynomial of our own, so that the bits are the same on every machine.</summary>
internal static class ExponentialFunction
{
    /// <summary>1/13!, 1/12!, …, 1/0!.</summary>
    private static ReadOnlySpan<double> InverseFactorials =>
    [
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120,
        1.0 / 24, 1.0 / 6, 0.5, 1, 1,
    ];

    /// <summary>e^x for x from −700 to 700, relative error below 1e-15; arguments beyond are cut there.</summary>
    public static Vector512<double> Of(Vector512<double> x)
    {
        // x = n ln 2 + r with ln 2 in two parts; Taylor's series in |r| ≤ ln 2 / 2.
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-700.0)), Vector512.Create(700.0));
        var magic = Vector512.Create(6755399441055744.0); // adding 1.5·2⁵² rounds to an integer
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.4426950408889634), magic);
        var n = shifted - magic;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.6931471805599453), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-2.3190468138462996e-17), r);
        var sum = Vector512<double>.Zero;
        foreach (var coefficient in InverseFactorials)
            sum = Vector512.FusedMultiplyAdd(sum, r, Vector512.Create(coefficient));
        return sum * Vector512.ShiftLeft(shifted.AsInt64() - magic.AsInt64() + Vector512.Create(1023L), 52).AsDouble();
    }
}
