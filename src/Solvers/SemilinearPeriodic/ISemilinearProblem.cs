using System.Numerics;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// A semilinear problem for one real field u(x, t) on a periodic interval of length ℓ: û_t = L(q) û + g(q) F[f(u)], with the
/// wavenumber q = 2πk/ℓ, a linear symbol L, a pointwise nonlinear function f and a Fourier multiplier g (for −½ (u²)_x:
/// f(u) = u², g(q) = −iq/2). This is all that <see cref="SemilinearStepper{TProblem}"/> needs. Implement it as a readonly
/// struct, so that f becomes part of the transform that surrounds it.
/// </summary>
/// <remarks>
/// Both symbols are asked for at q ≥ 0 alone and continued by L(−q) = L(q)*, g(−q) = g(q)*, which keeps u real. Of their
/// values at k = 0 and at the highest mode k = n/2 only the real part counts, so that the odd derivatives of the highest mode
/// are 0 while the even ones are kept.
/// </remarks>
public interface ISemilinearProblem
{
    /// <summary>Linear symbol L(q), in inverse time units; Re L must be bounded above.</summary>
    /// <param name="wavenumber">q ≥ 0, in inverse length units.</param>
    Complex Linear(double wavenumber);

    /// <summary>Fourier multiplier g(q) of the nonlinear term.</summary>
    /// <param name="wavenumber">q ≥ 0, in inverse length units.</param>
    Complex Multiplier(double wavenumber);

    /// <summary>
    /// Nonlinear function f(u) of some members at one grid point, as many as a vector has lanes. Element by element, with products fused explicitly
    /// or not at all: then a member's bits depend neither on the members beside it nor on the width of the processor's vectors.
    /// </summary>
    /// <param name="u">u_j of the members.</param>
    V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double>;
}
