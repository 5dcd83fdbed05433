namespace LedCluster.Domain.Randomness;

/// <summary>
/// Draws from the binomial and the multinomial distribution at a cost that does not grow with the number of trials: transformed rejection
/// with squeeze, algorithm BTRS (Hörmann 1993, doi:10.1080/00949659308811496), and inversion where fewer than ten successes are expected.
/// </summary>
public static class Binomial
{
    /// <summary>Below so many expected successes, inversion is faster, and BTRS is not valid.</summary>
    private const double LeastForRejection = 10;

    /// <summary>ln k! − [(k + ½) ln(k + 1) − (k + 1) + ½ ln 2π], for k below 10.</summary>
    private static readonly double[] SmallStirling =
        [.. Enumerable.Range(0, 10).Select(
            k => Enumerable.Range(1, k).Sum(i => Math.Log(i)) - ((k + 0.5) * Math.Log(k + 1) - (k + 1) + 0.5 * Math.Log(2 * Math.PI)))];

    /// <summary>Successes in n independent trials.</summary>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="trials">Trials n, from 0.</param>
    /// <param name="probability">Probability p of a success, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is negative, or p not within [0, 1].</exception>
    public static long Draw(ref Philox random, long trials, double probability)
    {
        if (trials < 0)
            throw new ArgumentOutOfRangeException(nameof(trials), trials, "The number of trials must not be negative.");
        if (!(probability >= 0 && probability <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability is from 0 to 1.");
        return probability > 0.5 ? trials - Lesser(ref random, trials, 1 - probability) : Lesser(ref random, trials, probability);
    }

    /// <summary>Numbers of trials with each outcome, by conditional binomials.</summary>
    /// <param name="random">Where random numbers come from.</param>
    /// <param name="trials">Trials n, from 0.</param>
    /// <param name="weights">Weights of the outcomes [K], from 0; probabilities are their parts of the sum.</param>
    /// <param name="counts">Receives the numbers [K], whose sum is n.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public static void Multinomial(ref Philox random, long trials, ReadOnlySpan<double> weights, Span<double> counts)
    {
        var left = 0.0;
        foreach (var weight in weights)
            left += weight >= 0 && double.IsFinite(weight) ? weight
                : throw new ArgumentException($"A weight is {weight}; weights must be finite and not negative.", nameof(weights));
        if (!(left > 0))
            throw new ArgumentException("All weights are 0, so there are no probabilities.", nameof(weights));
        for (var k = 0; k < weights.Length; k++)
        {
            var count = trials == 0 || weights[k] == 0 ? 0 : k == weights.Length - 1 ? trials : Draw(ref random, trials, Math.Clamp(weights[k] / left, 0, 1));
            counts[k] = count;
            trials -= count;
            left -= weights[k];
        }
        for (var k = weights.Length - 1; trials > 0; k--) // the last weight was 0, and rounding left some over
            if (weights[k] > 0)
                (counts[k], trials) = (counts[k] + trials, 0);
    }

    /// <summary>For p up to ½.</summary>
    private static long Lesser(ref Philox random, long n, double p) =>
        n == 0 || p == 0 ? 0 : n * p < LeastForRejection ? Inverted(ref random, n, p) : Rejected(ref random, n, p);

    private static long Inverted(ref Philox random, long n, double p)
    {
        var (u, odds, mass, k) = (random.NextUniform(), p / (1 - p), Math.Exp(n * Math.Log(1 - p)), 0L);
        while (u >= mass && k < n)
        {
            u -= mass;
            k++;
            mass *= (n - k + 1.0) / k * odds;
            if (mass < 1e-300) // beyond what 53 bits of u can tell
                break;
        }
        return k;
    }

    private static long Rejected(ref Philox random, long n, double p)
    {
        var deviation = Math.Sqrt(n * p * (1 - p));
        var b = 1.15 + 2.53 * deviation;
        var a = -0.0873 + 0.0248 * b + 0.01 * p;
        var (centre, α, squeeze) = (n * p + 0.5, (2.83 + 5.1 / b) * deviation, 0.92 - 4.2 / b);
        var (mode, odds) = (Math.Floor((n + 1) * p), p / (1 - p));
        var atMode = (mode + 0.5) * Math.Log((mode + 1) / (odds * (n - mode + 1))) + Stirling(mode) + Stirling(n - mode);
        while (true)
        {
            var (u, v) = (random.NextUniform() - 0.5, random.NextUniform());
            var rim = 0.5 - Math.Abs(u);
            var k = Math.Floor((2 * a / rim + b) * u + centre);
            if (rim >= 0.07 && v <= squeeze)
                return (long)k;
            if (!(k >= 0 && k <= n))
                continue;
            var ratio = atMode + (n + 1) * Math.Log((n - mode + 1) / (n - k + 1))
                + (k + 0.5) * Math.Log(odds * (n - k + 1) / (k + 1)) - Stirling(k) - Stirling(n - k);
            if (Math.Log(v * α / (a / (rim * rim) + b)) <= ratio)
                return (long)k;
        }
    }

    private static double Stirling(double k)
    {
        if (k < SmallStirling.Length)
            return SmallStirling[(int)k];
        var x = 1 / (k + 1);
        return (1.0 / 12 - (1.0 / 360 - x * x / 1260) * x * x) * x;
    }
}
