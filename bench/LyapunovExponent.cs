using LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>
/// Leading Lyapunov exponent of Kuramoto-Sivashinsky by two trajectories (Benettin et al. 1976, doi:10.1103/PhysRevA.14.2338):
/// a copy at the distance 1e-7 is set back to it after every 5 time units, and λ = ⟨ln(distance/1e-7)⟩/5.
/// </summary>
internal static class LyapunovExponent
{
    private const int N = 64, Transient = 500, Interval = 5;
    private const double Distance = 1e-7;

    public static void Measure(int pairs, int time)
    {
        var solver = new KuramotoSivashinskySolver();
        var (fine, path) = (new double[2 * pairs * N], new double[2 * pairs * N * 4 * Interval]);
        var start = KuramotoSivashinskyBench.Start(pairs, 4);
        for (var p = 0; p < pairs; p++)
            for (var half = 0; half < 2; half++)
                start.AsSpan(p * N, N).CopyTo(fine.AsSpan((2 * p + half) * N, N));
        for (var p = 0; p < pairs; p++)
            fine[(2 * p + 1) * N + 1] += Distance;
        var sums = new double[pairs];
        for (var t = 0; t < Transient + time; t += Interval)
        {
            solver.Advance(fine, 4 * Interval, path, default);
            for (var p = 0; p < pairs; p++)
            {
                var growth = Renormalise(fine.AsSpan(2 * p * N, N), fine.AsSpan((2 * p + 1) * N, N));
                if (t >= Transient)
                    sums[p] += growth / time;
            }
        }
        var mean = sums.Average();
        var error = Math.Sqrt(sums.Sum(x => (x - mean) * (x - mean)) / (pairs - 1.0) / pairs);
        Console.WriteLine(
            $"leading Lyapunov exponent: {mean:F5} ± {error:F5} ({pairs} pairs x {time} units), Lyapunov time {1 / mean:F2}; "
            + "published 0.048 (20.83)");
        Console.WriteLine();
    }

    /// <summary>Sets the copy back to the initial distance and returns the logarithm of the growth.</summary>
    private static double Renormalise(ReadOnlySpan<double> state, Span<double> copy)
    {
        var square = 0.0;
        for (var h = 0; h < N; h++)
            square += (copy[h] - state[h]) * (copy[h] - state[h]);
        var growth = Math.Sqrt(square) / Distance;
        for (var h = 0; h < N; h++)
            copy[h] = state[h] + (copy[h] - state[h]) / growth;
        return Math.Log(growth);
    }
}
