using System.Numerics;
using LedCluster.Domain.Simd;
using LedCluster.Solvers.SemilinearPeriodic;

namespace LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>
/// ∂u/∂t = −½ ∂(u²)/∂x − ∂²u/∂x² − ∂⁴u/∂x⁴: L(q) = q² − q⁴, g(q) = −iq/2, f(u) = u². Both L and g are 0 at q = 0, so that the
/// mean of u is conserved to the bit.
/// </summary>
public readonly struct KuramotoSivashinskyProblem : ISemilinearProblem
{
    /// <inheritdoc />
    public Complex Linear(double wavenumber) => wavenumber * wavenumber * (1 - wavenumber * wavenumber);

    /// <inheritdoc />
    public Complex Multiplier(double wavenumber) => new(0, -wavenumber / 2);

    /// <inheritdoc />
    public V Nonlinear<V>(V u)
        where V : unmanaged, IVector<V, double> => u * u;
}
