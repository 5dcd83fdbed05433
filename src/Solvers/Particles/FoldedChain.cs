namespace LedCluster.Solvers.Particles;

/// <summary>
/// Exact law of one coordinate of <see cref="ParticleSolver"/>'s scheme, x ← fold(x + a + s ξ), as a cosine series between the walls: with y = x + ½,
/// C_k = E cos πky and S_k = E sin πky, a step is C_k ← e^{−π²k²s²/2} (C_k cos πka − S_k sin πka), since the cosine does not see the fold; and
/// S_k = ∫ sin πky (1 + 2Σ_l C_l cos πly) dy. Waves that a step damps by e⁻⁴⁰ are left out.
/// </summary>
public sealed class FoldedChain
{
    /// <summary>Cells in which densities are given.</summary>
    public const int Cells = 1024;

    /// <summary>Least variance of a step: 1,000 waves are enough for it.</summary>
    public const double WeakestNoise = 8.2e-6;

    private const double NegligibleExponent = 40;
    private const int MostWaves = 1000;

    private static readonly double[] Cosines = [.. Enumerable.Range(0, 4 * Cells).Select(i => Math.Cos(Math.PI * i / (2 * Cells)))];

    private readonly double[] cosine, sine, damping;
    private readonly double[][] overlaps; // of S_k with C_l, l = 1 or 0, and every second one after it

    /// <summary>Begins at a point, or evenly distributed.</summary>
    /// <param name="variance">s², <see cref="WeakestNoise"/> at least.</param>
    /// <param name="position">From −½ to ½; null for evenly.</param>
    public FoldedChain(double variance, double? position = null)
    {
        var waves = Math.Sqrt(2 * NegligibleExponent / variance) / Math.PI;
        if (!(waves <= MostWaves))
            throw new ArgumentOutOfRangeException(nameof(variance), variance, "The law of a step is computed for a variance of 8.2e-6 at least.");
        (cosine, sine, damping) = (new double[(int)waves + 1], new double[(int)waves + 1], new double[(int)waves + 1]);
        for (var k = 0; k < cosine.Length; k++)
        {
            damping[k] = Math.Exp(-0.5 * Math.PI * Math.PI * k * k * variance);
            if (position is { } x)
                (cosine[k], sine[k]) = (Math.Cos(Math.PI * k * (x + ParticleSolver.Wall)), Math.Sin(Math.PI * k * (x + ParticleSolver.Wall)));
        }
        cosine[0] = 1;
        overlaps = [.. cosine.Select((_, k) => Enumerable.Range(0, (cosine.Length + k % 2) / 2).Select(i => 2 * i + 1 - k % 2)
            .Select(l => (l == 0 ? 1 : 2) * 2 * k / (Math.PI * (k - l) * (k + l))).ToArray())];
        if (position is null)
            CompleteSine();
    }

    /// <summary>C_k.</summary>
    public ReadOnlySpan<double> Series => cosine;

    /// <summary>Centre of a cell.</summary>
    public static double Position(int cell) => (cell + 0.5) / Cells - ParticleSolver.Wall;

    /// <summary>One step.</summary>
    /// <param name="drift">a.</param>
    public void Step(double drift)
    {
        for (var k = 1; k < cosine.Length; k++)
        {
            var (sin, cos) = Math.SinCos(Math.PI * k * drift);
            cosine[k] = damping[k] * (cosine[k] * cos - sine[k] * sin);
        }
        CompleteSine();
    }

    /// <summary>S_k = Σ_l C_l (2 − δ_l0) ∫₀¹ sin πky cos πly dy; the integral is 2k/(π(k² − l²)) where k + l is odd, and 0 elsewhere.</summary>
    private void CompleteSine()
    {
        for (var k = 1; k < sine.Length; k++)
        {
            var (sum, row) = (0.0, overlaps[k]);
            for (int i = 0, l = 1 - k % 2; i < row.Length; i++, l += 2)
                sum += row[i] * cosine[l];
            sine[k] = sum;
        }
    }

    /// <summary>Masses of the cells [1024], from a series of C_k.</summary>
    /// <param name="series">C_k.</param>
    public static double[] Mass(ReadOnlySpan<double> series)
    {
        var mass = new double[Cells];
        for (var j = 0; j < Cells; j++)
        {
            var density = 1.0;
            for (var k = 1; k < series.Length; k++)
                density += 2 * series[k] * Cosines[k * (2 * j + 1) % (4 * Cells)];
            mass[j] = Math.Max(0, density / Cells); // rounding may leave −1e-16
        }
        return mass;
    }

    /// <summary>Mean and standard deviation of masses.</summary>
    /// <param name="mass">Masses [1024], of sum 1.</param>
    public static (double Mean, double Deviation) Moments(ReadOnlySpan<double> mass)
    {
        var (mean, square) = (0.0, 0.0);
        for (var j = 0; j < mass.Length; j++)
        {
            mean += mass[j] * Position(j);
            square += mass[j] * Position(j) * Position(j);
        }
        return (mean, Math.Sqrt(square - mean * mean));
    }

    /// <summary>Differential entropy −∫ρ ln ρ dx, in nats.</summary>
    /// <param name="mass">Masses [1024], of sum 1.</param>
    public static double Entropy(ReadOnlySpan<double> mass)
    {
        var sum = 0.0;
        foreach (var p in mass)
            sum -= p > 0 ? p * Math.Log(p * Cells) : 0;
        return sum;
    }
}
