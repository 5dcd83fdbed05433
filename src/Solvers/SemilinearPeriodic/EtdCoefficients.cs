using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Coefficients of ETDRK4 for every mode (Cox &amp; Matthews 2002, doi:10.1006/jcph.2002.6995, equations 26 to 29), with
/// z = hL(q): E = e^z, E½ = e^{z/2}, Q = h(e^{z/2} − 1)/z, f₁ = h(−4 − z + e^z(4 − 3z + z²))/z³,
/// f₂ = 2h(2 + z + e^z(z − 2))/z³, f₃ = h(−4 − 3z − z² + e^z(4 − z))/z³. Near z = 0 these lose all digits; so each is the mean
/// of its values on a circle of radius 1 around z (Kassam &amp; Trefethen 2005, doi:10.1137/S1064827502410633, equation 2.5),
/// at z + e^{iπ(j−½)/62}, j = 1..62, and at the conjugate offsets. Q and f are multiplied by g(q)/n, since they only ever meet
/// an unscaled transform of f(u). E − 1 and E½ − 1 are stored, and a product is v + (E − 1) v: rounded as 1 − ε, the coefficient of
/// a slow mode would err alike in every step, by nε after n of them.
/// </summary>
internal sealed unsafe class EtdCoefficients
{
    /// <summary>Doubles per mode: real and imaginary part of E − 1, E½ − 1, Q, f₁, f₂, f₃.</summary>
    public const int Stride = 12;

    /// <summary>Places within a mode.</summary>
    public const int Decay = 0, HalfDecay = 2, Q = 4, F1 = 6, F2 = 8, F3 = 10;

    private const int ContourPoints = 62;
    private readonly double[] table; // pinned

    /// <summary>Computes the table.</summary>
    /// <param name="problem">L and g.</param>
    /// <param name="points">Grid points n.</param>
    /// <param name="length">Length ℓ of the interval.</param>
    /// <param name="h">Time step.</param>
    public EtdCoefficients(ISemilinearProblem problem, int points, double length, double h)
    {
        table = GC.AllocateArray<double>((points / 2 + 1) * Stride, pinned: true);
        for (var k = 0; k <= points / 2; k++)
        {
            var q = 2 * Math.PI * k / length;
            var real = k == 0 || 2 * k == points;
            var (linear, multiplier) = (problem.Linear(q), problem.Multiplier(q) / points);
            (linear, multiplier) = real ? (linear.Real, multiplier.Real) : (linear, multiplier);
            LinearIsReal &= linear.Imaginary == 0;
            MultiplierIsReal &= multiplier.Imaginary == 0;
            MultiplierIsImaginary &= multiplier.Real == 0;
            var z = h * linear;
            Set(k, Decay, ExponentialMinusOne(z));
            Set(k, HalfDecay, ExponentialMinusOne(z / 2));
            Set(k, Q, h * multiplier * Mean(z, w => (Complex.Exp(w / 2) - 1) / w));
            Set(k, F1, h * multiplier * Mean(z, w => (-4 - w + Complex.Exp(w) * (4 - 3 * w + w * w)) / (w * w * w)));
            Set(k, F2, h * multiplier * Mean(z, w => 2 * (2 + w + Complex.Exp(w) * (w - 2)) / (w * w * w)));
            Set(k, F3, h * multiplier * Mean(z, w => (-4 - 3 * w - w * w + Complex.Exp(w) * (4 - w)) / (w * w * w)));
        }
    }

    /// <summary>Whether L, and so E and E½, is real at every mode.</summary>
    public bool LinearIsReal { get; } = true;

    /// <summary>Whether g is real at every mode.</summary>
    public bool MultiplierIsReal { get; } = true;

    /// <summary>Whether g is imaginary at every mode.</summary>
    public bool MultiplierIsImaginary { get; } = true;

    /// <summary>The table [n/2 + 1][<see cref="Stride"/>]; valid while this object lives.</summary>
    public double* Table => (double*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(table));

    private void Set(int k, int place, Complex value) =>
        (table[k * Stride + place], table[k * Stride + place + 1]) = (value.Real, value.Imaginary);

    /// <summary>e^z − 1 = 2e^{z/2} sinh(z/2), which keeps the digits of a small z.</summary>
    private static Complex ExponentialMinusOne(Complex z) =>
        z.Real < -1 ? Complex.Exp(z) - 1 : 2 * Complex.Exp(z / 2) * Complex.Sinh(z / 2);

    private static Complex Mean(Complex z, Func<Complex, Complex> function)
    {
        Complex upper = 0, lower = 0;
        for (var j = 1; j <= ContourPoints; j++)
        {
            var offset = Complex.FromPolarCoordinates(1, Math.PI * (j - 0.5) / ContourPoints);
            upper += function(z + offset);
            lower += function(z + Complex.Conjugate(offset));
        }
        var mean = (upper + lower) / (2 * ContourPoints);
        return z.Imaginary == 0 ? mean.Real : mean;
    }
}
