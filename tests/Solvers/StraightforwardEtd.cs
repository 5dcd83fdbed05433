using System.Numerics;

namespace LedCluster.Solvers.Tests;

/// <summary>
/// ETDRK4 written down as it stands in the literature, in complex arithmetic over the whole spectrum, with Fourier sums instead
/// of a fast transform and φ functions from their series instead of contour integrals; an independent reference for the
/// vectorised stepper.
/// </summary>
internal sealed class StraightforwardEtd
{
    private readonly int n;
    private readonly Func<double, double> f;
    private readonly Complex[] e, half, q, f1, f2, f3, g;

    public StraightforwardEtd(int n, double length, double h, Func<double, Complex> linear, Func<double, Complex> multiplier, Func<double, double> f)
    {
        (this.n, this.f) = (n, f);
        Complex[] Table(Func<Complex, Complex> entry) => [.. Enumerable.Range(0, n).Select(k => entry(h * Symbol(linear, k, length)))];
        e = Table(Complex.Exp);
        half = Table(z => Complex.Exp(z / 2));
        q = Table(z => h / 2 * φ(1, z / 2));
        f1 = Table(z => h * (φ(1, z) - 3 * φ(2, z) + 4 * φ(3, z)));
        f2 = Table(z => h * (2 * φ(2, z) - 4 * φ(3, z)));
        f3 = Table(z => h * (4 * φ(3, z) - φ(2, z)));
        g = [.. Enumerable.Range(0, n).Select(k => Symbol(multiplier, k, length))];
    }

    /// <summary>Advances a field by some steps.</summary>
    public double[] Advance(ReadOnlySpan<double> u, int steps)
    {
        var v = Sum([.. u.ToArray().Select(x => new Complex(x, 0))], -1).Select(x => x / n).ToArray();
        Complex[] Map(Func<int, Complex> mode) => [.. Enumerable.Range(0, n).Select(mode)];
        for (var step = 0; step < steps; step++)
        {
            var nv = Nonlinear(v);
            var a = Map(k => half[k] * v[k] + q[k] * nv[k]);
            var na = Nonlinear(a);
            var b = Map(k => half[k] * v[k] + q[k] * na[k]);
            var nb = Nonlinear(b);
            var nc = Nonlinear(Map(k => half[k] * a[k] + q[k] * (2 * nb[k] - nv[k])));
            v = Map(k => e[k] * v[k] + f1[k] * nv[k] + f2[k] * (na[k] + nb[k]) + f3[k] * nc[k]);
        }
        return [.. Sum(v, 1).Select(x => x.Real)];
    }

    private Complex[] Nonlinear(Complex[] v) =>
        [.. Sum([.. Sum(v, 1).Select(x => new Complex(f(x.Real), 0))], -1).Select((x, k) => g[k] * x / n)];

    private Complex[] Sum(Complex[] x, int sign) =>
        [.. Enumerable.Range(0, n).Select(k =>
            x.Select((value, j) => value * Complex.FromPolarCoordinates(1, sign * 2 * Math.PI * (j * k % n) / n)).Aggregate((s, t) => s + t))];

    /// <summary>Continued by S(−q) = S(q)*; real at modes 0 and n/2.</summary>
    private Complex Symbol(Func<double, Complex> symbol, int k, double length)
    {
        var value = symbol(2 * Math.PI * Math.Min(k, n - k) / length);
        return k == 0 || 2 * k == n ? value.Real : k < n - k ? value : Complex.Conjugate(value);
    }

    /// <summary>φ_j(z) = Σ_i z^i/(i + j)!, or by φ_{j+1} = (φ_j − 1/j!)/z where that loses no digits.</summary>
    private static Complex φ(int j, Complex z)
    {
        if (z.Magnitude > 4)
            return j == 0 ? Complex.Exp(z) : (φ(j - 1, z) - 1.0 / Factorial(j - 1)) / z;
        var (sum, term) = (Complex.Zero, (Complex)(1.0 / Factorial(j)));
        for (var i = 1; i < 60; i++)
            (sum, term) = (sum + term, term * z / (i + j));
        return sum;
    }

    private static double Factorial(int j) => j < 2 ? 1 : j * Factorial(j - 1);
}
