using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.KuramotoSivashinsky;

/// <summary>What a step costs, and whether the long-time statistics are those of the literature.</summary>
internal static class KuramotoSivashinskyBench
{
    /// <summary>
    /// Vector operations of one step at n = 64: 8 transforms of 464, f 4 · 64, the stages 33 · (4 + 4 + 14 + 2).
    /// </summary>
    private const double Operations = 8 * 464 + 4 * 64 + 33 * 24;

    /// <summary>Vectors that a step stores: five passes of 64 places in each of four evaluations, the stages 5 · 66.</summary>
    private const double Stores = 4 * 5 * 64 + 5 * 66;

    private static readonly KuramotoSivashinskySystem System = new();
    private static readonly KuramotoSivashinskySolver Solver = new();

    public static void Run()
    {
        Cost(new Meter());
        Console.WriteLine();
        Bits();
        Attractor.Measure(members: 64, time: 10_000).Print();
        LyapunovExponent.Measure(pairs: 256, time: 5000);
        LongRun(100_000);
        Relaxation(members: 8192);
    }

    /// <summary>Half spectra [M, n] of members of the random family.</summary>
    public static double[] Start(int members, ulong seed)
    {
        var size = Solver.Layout.Size;
        var (fields, fine) = (new double[members * size], new double[members * size]);
        for (var m = 0; m < members; m++)
            System.Random(seed, m, [], fields.AsSpan(m * size, size));
        Solver.Lift(fields, fine, LiftRule.Equilibrium, default);
        return fine;
    }

    /// <summary>A step, for some numbers of members.</summary>
    public static void Cost(Meter meter)
    {
        const int steps = 5;
        foreach (var members in (int[])[1, 8, 64, 1024])
        {
            var (fine, frames) = (Start(members, 1), Math.Max(4, 4000 / members));
            var path = new double[frames * fine.Length];
            var lanes = Meter.Width / 64;
            var used = members < lanes ? (double)members / lanes : 1; // a vector costs the same with one member
            meter.Row($"KS, {members} members, per step", () => Solver.Advance(fine, frames, path, default), members * frames * steps,
                Operations / 8 / used, "eight transforms, f, stages, additions too", Stores / 8 / used);
        }
    }

    /// <summary>The same on every machine and at every SIMD width; compare with DOTNET_EnableAVX512F=0 or DOTNET_EnableAVX2=0.</summary>
    private static void Bits()
    {
        var fine = Start(11, 5);
        Solver.Advance(fine, 400, new double[400 * fine.Length], default);
        Console.WriteLine($"SHA-256 of 11 members at t = 100: {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(fine.AsSpan())))[..16]}");
        Console.WriteLine();
    }

    private static void LongRun(int time)
    {
        var (fine, path, largest) = (Start(8, 9), new double[400 * 8 * 64], 0.0);
        for (var t = 0; t < time; t += 100)
        {
            Solver.Advance(fine, 400, path, default);
            foreach (var u in path)
                largest = double.IsNaN(u) ? double.PositiveInfinity : Math.Max(largest, Math.Abs(u));
        }
        Console.WriteLine($"8 members to t = {time}: largest |u| {largest:F4}");
        Console.WriteLine();
    }

    private static void Relaxation(int members)
    {
        Console.WriteLine($"relaxation of the random family ({members} members)");
        var (fine, path) = (Start(members, 7), new double[members * 64]);
        var t = 0.0;
        foreach (var until in (double[])[1, 5, 10, 20, 50, 100, 150, 200, 300, 400])
        {
            for (; t < until; t += 0.25)
                Solver.Advance(fine, 1, path, default);
            var moments = new Attractor(members);
            moments.Add(path);
            Console.WriteLine($"t = {t,5}: {moments.Summary()}");
        }
    }
}
