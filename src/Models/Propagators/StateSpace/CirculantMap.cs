using System.Numerics;

namespace LedCluster.Models.Propagators.StateSpace;

/// <summary>
/// A linear, translation-equivariant map of periodic fields, x′_j = Σ_i c_i x_{j−i}: what advection and diffusion are, up to what happens within a bin.
/// Fitted by least squares: in Fourier space each mode by itself, ĉ_k = Σ x̂′_k x̂_k* / Σ |x̂_k|².
/// </summary>
public sealed class CirculantMap
{
    private readonly double[] coefficients;

    private CirculantMap(double[] coefficients) => this.coefficients = coefficients;

    /// <summary>The map that fits pairs of consecutive frames best.</summary>
    /// <param name="sequences">Fields of consecutive frames [frames, B] of each sequence.</param>
    /// <param name="bins">Bins B.</param>
    /// <exception cref="ArgumentException">There is no pair of frames.</exception>
    public static CirculantMap Fit(IReadOnlyList<double[]> sequences, int bins)
    {
        if (!sequences.Any(path => path.Length >= 2 * bins))
            throw new ArgumentException($"A sequence needs two frames of {bins} numbers at least.", nameof(sequences));
        var (cross, power) = (new Complex[bins], new double[bins]);
        foreach (var path in sequences)
            for (var at = 0; at + 2 * bins <= path.Length; at += bins)
                for (var k = 0; k < bins; k++)
                {
                    var (before, after) = (Mode(path.AsSpan(at, bins), k), Mode(path.AsSpan(at + bins, bins), k));
                    cross[k] += after * Complex.Conjugate(before);
                    power[k] += before.Magnitude * before.Magnitude;
                }
        return new([
            .. Enumerable.Range(0, bins).Select(
                i => Enumerable.Range(0, bins).Sum(k => power[k] > 0 ? (cross[k] / power[k] * Turn(k * i, bins)).Real : 0) / bins),
        ]);
    }

    /// <summary>The next frame.</summary>
    /// <param name="field">Field [B].</param>
    public double[] Advance(ReadOnlySpan<double> field)
    {
        var next = new double[coefficients.Length];
        for (var j = 0; j < next.Length; j++)
            for (var i = 0; i < next.Length; i++)
                next[(j + i) % next.Length] += coefficients[i] * field[j];
        return next;
    }

    private static Complex Mode(ReadOnlySpan<double> field, int k)
    {
        var sum = Complex.Zero;
        for (var j = 0; j < field.Length; j++)
            sum += field[j] * Turn(-k * j, field.Length);
        return sum;
    }

    private static Complex Turn(int steps, int bins) => Complex.FromPolarCoordinates(1, 2 * Math.PI * steps / bins);
}
