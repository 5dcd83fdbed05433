using System.Collections.Immutable;
using LedCluster.Domain.Randomness;

namespace LedCluster.Solvers.RandomWalk;

/// <summary>
/// Net displacement of a walker that jumps n times, each time one site to the left with p_l, to the right with p_r: a trinomial law,
/// the n-fold convolution of one jump's. Its characteristic function is [1 − p_l − p_r + p_l e^{−iθ} + p_r e^{iθ}]ⁿ. Drawn in O(1) by an alias
/// table (Walker 1977, doi:10.1145/355744.355749; Vose 1991, doi:10.1109/32.92917).
/// </summary>
public sealed class DisplacementLaw
{
    /// <summary>Probabilities below this are left out at the ends; all of them together are beyond what a run could show.</summary>
    private const double Least = 1e-25;

    private readonly double[] threshold;
    private readonly int[] alias;

    /// <summary>Computes the law.</summary>
    /// <param name="left">p_l, probability of a jump to the left.</param>
    /// <param name="right">p_r, probability of a jump to the right.</param>
    /// <param name="jumps">Number of jumps n, at least 1.</param>
    /// <exception cref="ArgumentException">The probabilities are not those of a walker.</exception>
    public DisplacementLaw(double left, double right, int jumps)
    {
        if (!(left >= 0 && right >= 0 && left + right <= 1))
            throw new ArgumentException(FormattableString.Invariant(
                $"A walker jumps to the left with probability {left} and to the right with {right}; both must be 0 or more, and their sum 1 at most."));
        ArgumentOutOfRangeException.ThrowIfLessThan(jumps, 1);
        (int First, double[] P) power = (-1, [left, 1 - left - right, right]), law = (0, [1.0]);
        for (var n = jumps; ; power = Convolved(power, power))
        {
            if ((n & 1) == 1)
                law = Convolved(law, power);
            if ((n >>= 1) == 0)
                break;
        }
        First = law.First;
        Probabilities = [.. law.P];
        (threshold, alias) = Table(law.P);
    }

    /// <summary>The smallest displacement, in sites.</summary>
    public int First { get; }

    /// <summary>Probabilities of the displacements First, First + 1, …; their sum is 1 to rounding.</summary>
    public ImmutableArray<double> Probabilities { get; }

    /// <summary>Draws a displacement, in sites.</summary>
    /// <param name="random">Where random numbers come from.</param>
    public int Draw(ref Philox random)
    {
        var place = random.NextUniform() * threshold.Length;
        var k = (int)place;
        return First + (place - k < threshold[k] ? k : alias[k]);
    }

    private static (int First, double[] P) Convolved((int First, double[] P) a, (int First, double[] P) b)
    {
        var sum = new double[a.P.Length + b.P.Length - 1];
        for (var i = 0; i < a.P.Length; i++)
            for (var j = 0; j < b.P.Length; j++)
                sum[i + j] += a.P[i] * b.P[j];
        var first = Array.FindIndex(sum, p => p >= Least);
        return (a.First + b.First + first, sum[first..(Array.FindLastIndex(sum, p => p >= Least) + 1)]);
    }

    private static (double[] Threshold, int[] Alias) Table(double[] probabilities)
    {
        var n = probabilities.Length;
        var (scaled, other) = (probabilities.Select(p => p * n).ToArray(), Enumerable.Range(0, n).ToArray());
        var (small, large) = (new Stack<int>(), new Stack<int>());
        for (var k = 0; k < n; k++)
            (scaled[k] < 1 ? small : large).Push(k);
        var threshold = Enumerable.Repeat(1.0, n).ToArray();
        while (small.Count > 0 && large.Count > 0)
        {
            var (k, donor) = (small.Pop(), large.Pop());
            (threshold[k], other[k]) = (scaled[k], donor);
            scaled[donor] -= 1 - scaled[k];
            (scaled[donor] < 1 ? small : large).Push(donor);
        }
        return (threshold, other);
    }
}
