using System.Diagnostics;
using System.Globalization;
using LedCluster.Actors;
using LedCluster.Domain.Workers;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Solvers.Flow;

/// <summary>
/// What a step of the flow solver costs, beside its floor: the cosine transforms of its stages, and its arrays' way through memory at the
/// speed of a copy of arrays as many and as large. A straightforward NumPy version in the same run. Then a frame of the solver beside one
/// that is decoded from 6 and from 24 modes, alone and as many together as a worker decodes at once. CPU time of the calling thread, the
/// best of several.
/// </summary>
internal static class CylinderBench
{
    /// <summary>
    /// Arrays that a stage reads or writes: rates 6, divergence 3, forward transform 2, elimination 3, substitution 3, backward transform
    /// 2, correction 5; for the cylinder, half of a substitution and half of an elimination. A step has three stages and copies two arrays.
    /// </summary>
    private const double Arrays = 3 * (24 + 3) + 4;

    public static void Run(string root)
    {
        var clock = new ThreadClock();
        Console.WriteLine("grid        step     floor   of it transforms   memory    step/floor     NumPy, ms");
        var steps = new List<(int Columns, double Seconds)>();
        foreach (var columns in (int[])[128, 256, 512])
        {
            var box = FlowBox.Uniform(columns, columns / 2, 1.0 / columns, 0.15);
            var (poisson, buffers, arrays) = (new PoissonSolver(box), new FlowBuffers(box), new FlowArrays(box, 10));
            var obstacle = new Obstacle(box, new(0.2, 0.25, 0.0375), poisson);
            var flow = new ChannelFlow(box, poisson) { Viscosity = 1.125e-4, Body = obstacle };
            flow.Load([.. Enumerable.Repeat(0.15, columns * columns / 2)], new double[columns * columns / 2]);
            flow.Project();
            var step = Best(() => flow.Step(1.0 / columns));
            var transforms = Best(() => Transforms(poisson, obstacle, arrays, buffers, box.Rows));
            var copies = Best(() => Copies(arrays, box));
            var memory = copies * Arrays / (2 * 5);
            string[] script = [Path.Combine(root, "bench/Cylinder/cylinder.py"), $"{columns}", $"{columns / 2}"];
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", script)
            {
                RedirectStandardOutput = true,
                Environment = { ["OMP_NUM_THREADS"] = "1" },
            })!;
            var numpy = double.TryParse(python.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture, out var seconds) ? seconds : double.NaN;
            steps.Add((columns, step));
            Console.Write(FormattableString.Invariant($"{columns,4} x {columns / 2,-4}{1e3 * step,7:F3} ms{1e3 * (transforms + memory),7:F3} ms"));
            Console.Write(FormattableString.Invariant($"{1e3 * transforms,10:F3} ms{1e3 * memory,11:F3} ms"));
            Console.WriteLine(FormattableString.Invariant($"{step / (transforms + memory),10:F2}{1e3 * numpy,17:F2}"));
        }
        Console.WriteLine("grid        modes  frame of the solver, Re 100   decoded alone, together   floor of these, ms   solver over decoded");
        foreach (var ((columns, step), modes) in steps.SelectMany(_ => (int[])[6, 24], (grid, modes) => (grid, modes)))
        {
            var frame = step * new CylinderSystem(columns).Steps(100);
            var (alone, together, floors) = Decoding(4 * columns * columns / 2, modes, Best);
            Console.Write(FormattableString.Invariant($"{columns,4} x {columns / 2,-4}{modes,7}{1e3 * frame,10:F2} ms"));
            Console.Write(FormattableString.Invariant($"{1e3 * alone,28:F3}, {1e3 * together:F3}"));
            Console.Write(FormattableString.Invariant($"{1e3 * floors.Alone,18:F3}, {1e3 * floors.Together:F3}"));
            Console.WriteLine(FormattableString.Invariant($"{frame / alone,17:F0}, {frame / together:F0}"));
        }

        double Best(Action work)
        {
            var (best, until) = (double.PositiveInfinity, clock.Now.Cpu + 1.5);
            for (var repetition = 0; repetition < 10 || clock.Now.Cpu < until; repetition++)
            {
                var start = clock.Now.Cpu;
                work();
                best = Math.Min(best, clock.Now.Cpu - start);
            }
            return best;
        }
    }

    /// <summary>
    /// Seconds per frame of decoding fields from modes: one frame at a time, and as many together as a worker takes, 24 up to 16 MiB. The
    /// floor: modes and mean are read once, fields written once, at the speed of a copy.
    /// </summary>
    private static (double Alone, double Together, (double Alone, double Together) Floors) Decoding(int size, int modes, Func<Action, double> best)
    {
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(k => MathF.Sin(k))];
        var arrays = new Dictionary<string, (long[] Shape, float[] Values)>
        {
            ["components"] = ([modes, size], Numbers(modes * size)),
            ["mean"] = ([size], Numbers(size)),
        };
        var reduction = new PrincipalComponentsArchitecture { LatentSize = modes }.Build(
            new FieldScaling([0, 0, 0, 0], [1, 1, 1, 1]), size / 4, new WeightArrays(arrays, "the bench"));
        var rows = Math.Min(24, (16 << 20) / (sizeof(float) * size));
        var (latents, fields, copy) = (Numbers(rows * modes), new float[rows * size], new float[(modes + 1) * size]);
        var from = arrays["components"].Values;
        var perNumber = best(() => from.CopyTo(copy, 0)) / (2.0 * from.Length);
        return (
            best(() => reduction.Decode(latents.AsSpan(0, modes), fields.AsSpan(0, size), StepContext.Of(1))),
            best(() => reduction.Decode(latents, fields, StepContext.Of(rows))) / rows,
            ((modes + 2) * size * perNumber, (modes + 1 + rows) * size * perNumber / rows));
    }

    /// <summary>The transforms of three stages.</summary>
    private static unsafe void Transforms(PoissonSolver poisson, Obstacle obstacle, FlowArrays arrays, FlowBuffers buffers, int rows)
    {
        for (var stage = 0; stage < 3; stage++)
        {
            poisson.Transform(arrays[0], arrays[1], 0, rows - 1, buffers);
            poisson.Back(arrays[1], arrays[0], obstacle.FirstRow, obstacle.LastRow, buffers);
            poisson.Transform(arrays[0], arrays[2], obstacle.FirstRow, obstacle.LastRow, buffers);
            poisson.Back(arrays[1], arrays[0], 0, rows - 1, buffers);
        }
    }

    /// <summary>Five arrays to five others: ten array passes, as many arrays as the flow has.</summary>
    private static unsafe void Copies(FlowArrays arrays, FlowBox box)
    {
        for (var k = 0; k < 5; k++)
            Buffer.MemoryCopy(arrays[2 * k], arrays[2 * k + 1], box.Rows * arrays.Stride * sizeof(double), box.Rows * arrays.Stride * sizeof(double));
    }
}
