namespace LedCluster.Metrics;

/// <summary>
/// Mean power ⟨|û_k|²⟩ of the modes k = 0..n/2 of real sequences, û_k = (1/n) Σ_j u_j exp(−2πijk/n): of fields over space, or of
/// a latent over time. In the square of the sequence's unit. O(n²) for each sequence.
/// </summary>
/// <param name="points">Length n of the sequences.</param>
public sealed class PowerSpectrum(int points)
{
    private readonly double[] sums = new double[points / 2 + 1];
    private readonly (double Sin, double Cos)[] circle = [.. Enumerable.Range(0, points).Select(j => Math.SinCos(2 * Math.PI * j / points))];
    private long count;

    /// <summary>Mean power of each mode, [n/2 + 1]; NaN before a sequence was added.</summary>
    public double[] Mean => [.. sums.Select(sum => sum / count)];

    /// <summary>Adds a sequence [n].</summary>
    public void Add(ReadOnlySpan<double> values)
    {
        for (var k = 0; k < sums.Length; k++)
        {
            double re = 0, im = 0;
            for (int j = 0, turn = 0; j < points; j++)
            {
                re += values[j] * circle[turn].Cos;
                im -= values[j] * circle[turn].Sin;
                turn += k;
                turn -= turn >= points ? points : 0;
            }
            sums[k] += (re * re + im * im) / ((double)points * points);
        }
        count++;
    }

    /// <summary>Adds the sequences of another spectrum of the same length.</summary>
    public void Add(PowerSpectrum other)
    {
        for (var k = 0; k < sums.Length; k++)
            sums[k] += other.sums[k];
        count += other.count;
    }
}
