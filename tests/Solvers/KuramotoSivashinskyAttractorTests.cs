using LedCluster.Domain.Workers;
using LedCluster.Solvers.KuramotoSivashinsky;

namespace LedCluster.Solvers.Tests;

/// <summary>
/// Long-time statistics, fixed seeds. The reference figures are means over one run of 4,000 units, and the tolerances three
/// standard errors of such a mean, taken from the spread between members; <c>dotnet run -c Release --project bench ks</c> measures them more sharply.
/// </summary>
public class KuramotoSivashinskyAttractorTests
{
    private const int N = 64, FramesPerUnit = 4, Transient = 300;
    private static readonly KuramotoSivashinskySystem Ks = new();
    private static readonly KuramotoSivashinskySolver Solver = new();

    private static double[] Start(int members, ulong seed)
    {
        var (u, fine) = (new double[members * N], new double[members * N]);
        for (var m = 0; m < members; m++)
            Ks.Random(seed, m, [], u.AsSpan(m * N, N));
        Solver.Lift(u, fine, LiftRule.Equilibrium, default);
        return fine;
    }

    [Fact]
    public void Moments_and_energies_are_those_of_the_attractor()
    {
        const int members = 64, time = 1500;
        var (fine, path) = (Start(members, 2), new double[members * N * FramesPerUnit]);
        var (square, fourth, slope, curvature, energy) = (0.0, 0.0, 0.0, 0.0, new double[N / 2]);
        for (var t = 0; t < Transient + time; t++)
        {
            Solver.Advance(fine, FramesPerUnit, path, default);
            if (t < Transient)
                continue;
            foreach (var u in path.AsSpan(^(members * N)..))
                (square, fourth) = (square + u * u / (members * N * time), fourth + u * u * u * u / (members * N * time));
            for (var m = 0; m < members; m++)
                for (var k = 1; k < N / 2; k++)
                    energy[k] += (Math.Pow(fine[m * N + k], 2) + Math.Pow(fine[m * N + N - k], 2)) / (members * time);
        }
        for (var k = 1; k < N / 2; k++)
        {
            var q = 2 * Math.PI * k / 22;
            (slope, curvature) = (slope + 2 * q * q * energy[k], curvature + 2 * q * q * q * q * energy[k]);
        }
        Assert.Equal(1.1905, Math.Sqrt(square), 3 * 0.0042);
        Assert.Equal(2.186, fourth / (square * square), 0.02);
        Assert.Equal(0.9615, Math.Sqrt(slope), 0.012);
        Assert.Equal(0.9630, Math.Sqrt(curvature), 0.012);
        double[] published = [3.966e-2, 0.3120, 0.2294, 0.1056, 1.639e-2, 4.656e-3, 7.62e-4, 1.30e-4];
        double[] tolerances = [0.06, 0.03, 0.09, 0.013, 0.07, 0.12, 0.11, 0.08]; // relative
        for (var k = 1; k <= 8; k++)
        {
            Assert.Equal(0, energy[k] / published[k - 1] - 1, tolerances[k - 1]);
            Assert.Equal(0, energy[k] / KuramotoSivashinskySpectrum.AttractorEnergy[k - 1] - 1, 0.03); // our own longer run
        }
        Assert.InRange(slope / curvature, 0.999, 1.001); // d⟨u²⟩/dt = 0: what the second derivative feeds, the fourth consumes
    }

    /// <summary>
    /// Two trajectories at the distance 1e-7, set back to it every 5 units. Over 1,000 units the exponents of members differ by
    /// 0.0064, so that the standard error of this run is 0.00036; three of them around 0.0485, the mean over 3.5 million units
    /// (published: 0.048 ± 0.001).
    /// </summary>
    [Fact]
    public void The_leading_Lyapunov_exponent_is_the_published_one()
    {
        const int pairs = 128, time = 2500, interval = 5;
        const double distance = 1e-7;
        var start = Start(pairs, 4);
        var (fine, path) = (new double[2 * start.Length], new double[2 * start.Length * FramesPerUnit * interval]);
        for (var m = 0; m < 2 * pairs; m++)
            start.AsSpan(m / 2 * N, N).CopyTo(fine.AsSpan(m * N, N));
        for (var m = 1; m < 2 * pairs; m += 2)
            fine[m * N + 1] += distance;
        var λ = 0.0;
        for (var t = 0; t < Transient + time; t += interval)
        {
            Solver.Advance(fine, FramesPerUnit * interval, path, default);
            for (var m = 0; m < 2 * pairs; m += 2)
            {
                Span<double> one = fine.AsSpan(m * N, N), other = fine.AsSpan((m + 1) * N, N);
                var growth = 0.0;
                for (var h = 0; h < N; h++)
                    growth += Math.Pow((other[h] - one[h]) / distance, 2);
                growth = Math.Sqrt(growth);
                for (var h = 0; h < N; h++)
                    other[h] = one[h] + (other[h] - one[h]) / growth;
                if (t >= Transient)
                    λ += Math.Log(growth) / (time * pairs);
            }
        }
        Assert.Equal(0.0485, λ, 0.0011);
    }

    [Fact]
    public void Nothing_blows_up_in_20000_units()
    {
        var (fine, path) = (Start(8, 9), new double[8 * N * 400]);
        for (var t = 0; t < 20_000; t += 100)
        {
            Solver.Advance(fine, 400, path, default);
            Assert.InRange(path.Sum(Math.Abs) / path.Length, 0.2, 2); // NaN is out of range
            Assert.InRange(path.Max(Math.Abs), 0, t == 0 ? 8 : 3.3);
        }
    }
}
