using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Advances û_t = L(q) û + g(q) F[f(u)] on a periodic grid by ETDRK4, exponential time differencing with a fourth-order
/// Runge–Kutta rule (Cox &amp; Matthews 2002, doi:10.1006/jcph.2002.6995; coefficients after Kassam &amp; Trefethen 2005,
/// doi:10.1137/S1064827502410633). Order 4 in the time step h; the linear part is exact at any h; spectral in space; no
/// dealiasing. Immutable, and safe to call from several threads.
/// </summary>
/// <remarks>
/// <para>State of a member: its half spectrum û_k = (1/n) Σ_j u_j e^{−2πijk/n} as n numbers, Re û_k at place k for k = 0..n/2,
/// Im û_k at place n − k for k = 1..n/2 − 1. The conjugate half is not stored, so that round-off cannot make u complex, an
/// error that would grow at the linear rate.</para>
/// <para>One step is four evaluations of F[f(u)], eight transforms. Members are advanced together, one per lane of the widest vectors;
/// a member's bits depend on its own state alone.</para>
/// </remarks>
/// <typeparam name="TProblem">The problem.</typeparam>
public sealed class SemilinearStepper<TProblem>
    where TProblem : struct, ISemilinearProblem
{
    private readonly TProblem problem;
    private readonly RealTransform transform;
    private readonly EtdCoefficients coefficients;

    /// <summary>Prepares the tables.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="points">Grid points n: even, at least 4, with prime factors up to 13.</param>
    /// <param name="length">Length of the interval; x_j = j·length/n.</param>
    /// <param name="timeStep">Time step h.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is unsuitable.</exception>
    public SemilinearStepper(TProblem problem, int points, double length, double timeStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeStep);
        this.problem = problem;
        transform = new RealTransform(points);
        coefficients = new EtdCoefficients(problem, points, length, timeStep);
    }

    /// <summary>Grid points n, and numbers in a member's state.</summary>
    public int Points => transform.Points;

    /// <summary>States of given fields.</summary>
    /// <param name="u">Fields [M, n].</param>
    /// <param name="state">Receives the states [M, n].</param>
    public void Transform(ReadOnlySpan<double> u, Span<double> state)
    {
        if (Vector512.IsHardwareAccelerated)
            Transform<Lanes512<double>>(u, state);
        else if (Vector256.IsHardwareAccelerated)
            Transform<Lanes256<double>>(u, state);
        else
            Transform<Lanes128<double>>(u, state);
    }

    /// <summary>Advances, and writes the fields every so many steps.</summary>
    /// <param name="state">States [M, n]; overwritten with those after the last frame.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="stepsPerFrame">Steps from one frame to the next.</param>
    /// <param name="fields">Receives [frames, M, n]; empty to keep none.</param>
    public void Advance(Span<double> state, int frames, int stepsPerFrame, Span<double> fields)
    {
        if (Vector512.IsHardwareAccelerated)
            Advance<Lanes512<double>>(state, frames, stepsPerFrame, fields);
        else if (Vector256.IsHardwareAccelerated)
            Advance<Lanes256<double>>(state, frames, stepsPerFrame, fields);
        else
            Advance<Lanes128<double>>(state, frames, stepsPerFrame, fields);
    }

    /// <summary>The same with vectors of one width.</summary>
    internal void Transform<V>(ReadOnlySpan<double> u, Span<double> state)
        where V : unmanaged, IVector<V, double>
    {
        using var block = new SemilinearBlock<V>(transform);
        for (var first = 0; first < u.Length; first += V.Count * Points)
        {
            var length = Math.Min(V.Count * Points, u.Length - first);
            block.Transform(length / Points, u.Slice(first, length), state.Slice(first, length));
        }
    }

    /// <summary>The same with vectors of one width.</summary>
    internal void Advance<V>(Span<double> state, int frames, int stepsPerFrame, Span<double> fields)
        where V : unmanaged, IVector<V, double>
    {
        var (n, members) = (Points, state.Length / Points);
        for (var first = 0; first < members; first += V.Count)
        {
            var count = Math.Min(V.Count, members - first);
            using var block = new SemilinearBlock<V>(transform);
            for (var lane = 0; lane < count; lane++)
                block.Load(lane, state.Slice((first + lane) * n, n));
            for (var frame = 0; frame < frames; frame++)
            {
                Step(block, stepsPerFrame);
                if (!fields.IsEmpty)
                    block.Fields(count, fields.Slice((frame * members + first) * n, count * n));
            }
            for (var lane = 0; lane < count; lane++)
                block.Store(lane, state.Slice((first + lane) * n, n));
        }
    }

    private void Step<V>(SemilinearBlock<V> block, int steps)
        where V : unmanaged, IVector<V, double>
    {
        if (!coefficients.LinearIsReal)
            block.Step<TProblem, ComplexProduct, ComplexProduct>(steps, problem, coefficients);
        else if (coefficients.MultiplierIsImaginary)
            block.Step<TProblem, RealProduct, ImaginaryProduct>(steps, problem, coefficients);
        else if (coefficients.MultiplierIsReal)
            block.Step<TProblem, RealProduct, RealProduct>(steps, problem, coefficients);
        else
            block.Step<TProblem, RealProduct, ComplexProduct>(steps, problem, coefficients);
    }
}
