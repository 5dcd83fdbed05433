using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace LedCluster.Models.Training;

/// <summary>
/// Gaussian process without prior mean: y_i = f(x_i) + noise, with the covariance s² exp(−½ Σ_k (x_k − x'_k)²/ℓ_k²) + (n² + n₀²)δ (Rasmussen and Williams 2006,
/// equation 5.1). Lengths ℓ, signal s and noise n maximise the likelihood (equations 5.8 and 5.9), by L-BFGS in their logarithms; that of s is kept within
/// ±ln <see cref="LargestSignal"/> by a hyperbolic tangent. Where a rate is linear in a feature, both length and signal would grow without
/// end, and the covariance would be singular to round-off.
/// </summary>
/// <param name="x">Inputs [n, F], scaled to root mean squares of 1.</param>
/// <param name="y">Targets [n], scaled alike.</param>
internal sealed class GaussianProcessFit(double[] x, double[] y)
{
    /// <summary>n₀, noise that is always there: it keeps the covariance's smallest eigenvalue above round-off.</summary>
    public const double LeastNoise = 3e-4;

    /// <summary>Largest signal, in root mean squares of the targets.</summary>
    public const double LargestSignal = 100;

    private const int Evaluations = 150, Memory = 20;

    private static readonly double SignalBound = Math.Log(LargestSignal);

    private readonly int f = x.Length / y.Length;

    /// <summary>Lengths ℓ [F].</summary>
    public static double[] Lengths(double[] logs) => [.. logs[..^2].Select(Math.Exp)];

    /// <summary>Signal s.</summary>
    public static double Signal(double[] logs) => Math.Exp(SignalBound * Math.Tanh(logs[^2] / SignalBound));

    /// <summary>Noise with n₀, √(n² + n₀²).</summary>
    public static double Noise(double[] logs) => Math.Sqrt(Math.Exp(2 * logs[^1]) + LeastNoise * LeastNoise);

    /// <summary>Logarithms of lengths, signal and noise, [F + 2], that maximise the likelihood.</summary>
    public double[] Maximise()
    {
        var minimiser = new LimitedMemoryBfgs(Loss, Memory);
        minimiser.Start([.. Enumerable.Repeat(Math.Log(2), f), Math.Log(2), Math.Log(0.1)]);
        while (minimiser.Evaluations < Evaluations && minimiser.Step())
        {
        }
        return minimiser.Point;
    }

    /// <summary>Minus the logarithm of the likelihood over n, and its gradient.</summary>
    /// <param name="logs">Logarithms of lengths, signal and noise, [F + 2].</param>
    public (double Value, double[] Gradient) Loss(double[] logs)
    {
        var (n, gradient) = (y.Length, new double[f + 2]);
        var signal = SignalPart(logs);
        if (Factor(signal, logs) is not { } cholesky)
            return (double.PositiveInfinity, gradient);
        var targets = DenseVector.OfArray(y);
        var weights = cholesky.Solve(targets);
        var inverse = cholesky.Solve(DenseMatrix.CreateIdentity(n));
        var value = 0.5 * weights.DotProduct(targets) + 0.5 * cholesky.DeterminantLn + 0.5 * n * Math.Log(2 * Math.PI);
        var squares = new double[f];
        for (var k = 0; k < f; k++)
            squares[k] = Math.Exp(-2 * logs[k]);
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
            {
                var slope = 0.5 * (inverse[i, j] - weights[i] * weights[j]); // of the value with K_ij
                var part = slope * signal[i, j];
                for (var k = 0; k < f; k++)
                    gradient[k] += part * (x[i * f + k] - x[j * f + k]) * (x[i * f + k] - x[j * f + k]) * squares[k];
                gradient[f] += 2 * part * (1 - Math.Pow(Math.Tanh(logs[f] / SignalBound), 2));
                if (i == j)
                    gradient[f + 1] += 2 * slope * Math.Exp(2 * logs[f + 1]);
            }
        return (value / n, Array.ConvertAll(gradient, g => g / n));
    }

    /// <summary>Σ⁻¹y, [n].</summary>
    /// <exception cref="InvalidDataException">The covariance is singular.</exception>
    public double[] Weights(double[] logs) => [.. Factored(logs).Solve(DenseVector.OfArray(y))];

    /// <summary>Variance of f at points, given the data; at most the prior's s².</summary>
    /// <param name="logs">Logarithms of lengths, signal and noise.</param>
    /// <param name="at">Points [m, F].</param>
    public double[] Variances(double[] logs, double[] at)
    {
        var (cholesky, prior) = (Factored(logs), Signal(logs) * Signal(logs));
        return [.. at.Chunk(f).Select(point =>
        {
            var covariance = DenseVector.Create(y.Length, i => Covariance(logs, point, x.AsSpan(i * f, f)));
            return prior - covariance.DotProduct(cholesky.Solve(covariance));
        })];
    }

    private Cholesky<double> Factored(double[] logs) => Factor(SignalPart(logs), logs) ?? throw new InvalidDataException(
        $"The covariance of a Gaussian process on {y.Length} points is singular to round-off. Lower the points of propagator.regression.");

    private DenseMatrix SignalPart(double[] logs)
    {
        var covariance = new DenseMatrix(y.Length, y.Length);
        for (var i = 0; i < y.Length; i++)
            for (var j = 0; j <= i; j++)
                covariance[i, j] = covariance[j, i] = Covariance(logs, x.AsSpan(i * f, f), x.AsSpan(j * f, f));
        return covariance;
    }

    private double Covariance(double[] logs, ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var square = 0.0;
        for (var k = 0; k < f; k++)
            square += (a[k] - b[k]) * (a[k] - b[k]) * Math.Exp(-2 * logs[k]);
        return Signal(logs) * Signal(logs) * Math.Exp(-0.5 * square);
    }

    private static Cholesky<double>? Factor(DenseMatrix signal, double[] logs)
    {
        var covariance = signal.Clone();
        var noise = Noise(logs) * Noise(logs);
        for (var i = 0; i < covariance.RowCount; i++)
            covariance[i, i] += noise;
        try
        {
            return covariance.Cholesky();
        }
        catch (ArgumentException) // not positive definite to round-off
        {
            return null;
        }
    }
}
