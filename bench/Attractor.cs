using LedCluster.Domain.Workers;
using LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>Moments and energies of u over members and time, with error bars from the spread between members.</summary>
/// <param name="members">M.</param>
internal sealed class Attractor(int members)
{
    private const int N = 64, Modes = 8;
    private static readonly string[] Names = ["std u", "kurtosis", "std u_x", "std u_xx", .. Enumerable.Range(1, Modes).Select(k => $"energy, k = {k}")];
    private static readonly double[] Published = [1.1905, 2.186, 0.9615, 0.9630, 3.966e-2, 0.3120, 0.2294, 0.1056, 1.639e-2, 4.656e-3, 7.62e-4, 1.30e-4];
    private readonly double[,] sums = new double[members, 5 + Modes]; // frames, Σu², Σu⁴, Σu_x², Σu_xx², energies
    private double low, high;

    /// <summary>Frames 1 apart on the attractor, after a transient of 500.</summary>
    public static Attractor Measure(int members, int time)
    {
        var solver = new KuramotoSivashinskySolver();
        var (fine, path, attractor) = (KuramotoSivashinskyBench.Start(members, 2), new double[members * 4 * N], new Attractor(members));
        for (var t = 0; t < 500 + time; t++)
        {
            solver.Advance(fine, 4, path, default);
            if (t >= 500)
                attractor.Add(path.AsSpan(3 * members * N));
        }
        return attractor;
    }

    /// <summary>Adds a frame [M, n].</summary>
    public void Add(ReadOnlySpan<double> frame)
    {
        var spectrum = new double[frame.Length];
        new KuramotoSivashinskySolver().Lift(frame, spectrum, LiftRule.Equilibrium, default);
        for (var m = 0; m < members; m++)
        {
            sums[m, 0]++;
            foreach (var u in frame.Slice(m * N, N))
            {
                (sums[m, 1], sums[m, 2]) = (sums[m, 1] + u * u / N, sums[m, 2] + u * u * u * u / N);
                (low, high) = (Math.Min(low, u), Math.Max(high, u));
            }
            for (var k = 1; k < N / 2; k++)
            {
                var (re, im, q2) = (spectrum[m * N + k], spectrum[m * N + N - k], Math.Pow(2 * Math.PI * k / 22, 2));
                var energy = re * re + im * im;
                sums[m, 3] += 2 * q2 * energy;
                sums[m, 4] += 2 * q2 * q2 * energy;
                if (k <= Modes)
                    sums[m, 4 + k] += energy;
            }
        }
    }

    /// <summary>All figures with one standard error beside the published ones.</summary>
    public void Print()
    {
        Console.WriteLine($"attractor: {members} members x {sums[0, 0]:F0} units; u from {low:F2} to {high:F2}");
        for (var i = 0; i < Names.Length; i++)
        {
            var own = Enumerable.Range(0, members).Select(m => Figures(m, 1)[i]).ToArray();
            var mean = own.Average();
            var error = Math.Sqrt(own.Sum(x => (x - mean) * (x - mean)) / (members - 1.0) / members);
            Console.WriteLine($"{Names[i],-16}{Figures(0, members)[i],12:G5} ± {error,-9:G2} published {Published[i]:G4}");
        }
        Console.WriteLine();
    }

    /// <summary>Deviation and kurtosis, and energies of modes 1 to 4.</summary>
    public string Summary()
    {
        var f = Figures(0, members);
        return $"std {f[0]:F4}, kurtosis {f[1]:F3}, energy {string.Join(", ", f[4..8].Select(e => e.ToString("F4")))}";
    }

    private double[] Figures(int first, int count)
    {
        double Mean(int column) => Enumerable.Range(first, count).Sum(m => sums[m, column]) / Enumerable.Range(first, count).Sum(m => sums[m, 0]);
        return [Math.Sqrt(Mean(1)), Mean(2) / (Mean(1) * Mean(1)), Math.Sqrt(Mean(3)), Math.Sqrt(Mean(4)), .. Enumerable.Range(5, Modes).Select(Mean)];
    }
}
