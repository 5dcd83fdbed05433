using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Simd;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.Particles;

/// <summary>
/// What a normal number and a step of a particle cost, beside NumPy in the same run. Budget: 8 ns per normal number, 12 ns per particle and
/// step. Floor: the operations of 512 bits that the formulas take, two per cycle.
/// </summary>
internal static class ParticleBench
{
    private const int Blocks = 4096, Frames = 4;

    // Philox: ten rounds of two products (two multiplications, five shifts and selections each) and four exclusive ors; two pairs of 42 operations.
    private const double Block = 10 * (2 * 7 + 4) + 2 * 42;

    // Three coordinates in two vectors: two conversions, sum and product, fold of seven.
    private const double Step = 3 * 2 * (1 + 2 + 7);

    public static void Run(string root)
    {
        var (meter, system) = (new Meter(), new ParticlesSystem());
        var normals = new float[Blocks * 64];
        var number = 1e3 * meter.Row(
            "1,000 normal numbers", () => Fill(normals), normals.Length / 1000.0, 1000 * Block / 64, "Philox and Box-Muller, 64 numbers a block");
        double step = 0;
        foreach (var members in (int[])[1, 16])
        {
            double[] own = [.. system.Parameters.Select(p => p.Default)];
            var context = new StepContext(1, Enumerable.Range(0, members).ToArray(), 0, Enumerable.Repeat(own, members).SelectMany(p => p).ToArray());
            var solver = (ParticleSolver)system.Solver;
            var (state, fields) = (new double[members * solver.StateSize], new double[Frames * members * solver.StateSize]);
            step = 1e3 * meter.Row($"1,000 particle-steps, {members} members", () => solver.Advance(state, Frames, fields, context),
                Frames * members * ParticleSolver.PublishedSteps, 1000 * (0.75 * Block + Step) / 16, "three normal numbers, three folds");
            Array.Clear(state);
            solver.Advance(state, Frames, fields, context);
            if (members == 16)
                Console.WriteLine(
                    $"SHA-256 of the frames: {Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(fields.AsSpan())))[..16]} (the "
                    + "same with DOTNET_EnableAVX512=0)");
        }
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(root, "bench/Particles/particles.py")])
        {
            RedirectStandardOutput = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;
        var numpy = python.StandardOutput.ReadToEnd().Split(' ').Select(s => 1e9 * double.Parse(s, CultureInfo.InvariantCulture)).ToArray();
        Console.WriteLine($"{"",-34}{"here",10}{"NumPy",10}{"budget",10}");
        Console.WriteLine($"{"normal number",-34}{number / 1e3,7:F2} ns{numpy[0],7:F2} ns{8,7} ns");
        Console.WriteLine($"{"particle and step",-34}{step / 1e3,7:F2} ns{numpy[1],7:F2} ns{12,7} ns");
    }

    private static void Fill(float[] normals)
    {
        if (Vector512.IsHardwareAccelerated)
            Fill<Lanes512<float>>(normals);
        else if (Vector256.IsHardwareAccelerated)
            Fill<Lanes256<float>>(normals);
        else
            Fill<Lanes128<float>>(normals);
    }

    private static unsafe void Fill<V>(float[] normals)
        where V : unmanaged, IVector<V, float>, IWords<V>
    {
        fixed (float* to = normals)
            for (var block = 0; block < Blocks; block++)
                for (var first = 0; first < 16; first += V.Count)
                {
                    var (a, b, c, d) = PhiloxVectors.Normals((uint)block, 0, 0, PhiloxVectors.Streams<V>((uint)first), 1);
                    a.Store(to + 64 * block + first);
                    b.Store(to + 64 * block + 16 + first);
                    c.Store(to + 64 * block + 32 + first);
                    d.Store(to + 64 * block + 48 + first);
                }
    }
}
