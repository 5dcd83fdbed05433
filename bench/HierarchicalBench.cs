using LedCluster.Actors;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;

/// <summary>
/// What hierarchical time-stepping costs, with networks of the papers' shapes and random weights: the work does not depend on what they
/// have learned. 5120 frames; FHN one member of two latents, KS five members, of eight latents and of the full state (120).
/// </summary>
internal static class HierarchicalBench
{
    private const int Frames = 5120, Networks = 11;

    public static void Run()
    {
        var meter = new Meter();
        Console.WriteLine($"one thread; forecasts of {Frames} frames");
        Console.WriteLine("paper (CPU of 8 cores), forecast and choice: L-HiTS FHN 3.52 s, KS 2.86 s; HiTS FHN 8.08 s, KS 20.88 s");
        Forecast(meter, "L-HiTS FHN, all steps", 1, 2, 128, 0, Networks, repeat: true);
        Forecast(meter, "L-HiTS FHN, steps 2..32", 1, 2, 128, 1, 6, repeat: true);
        Choice(meter, "L-HiTS FHN, choice of steps", 1, 2, 128);
        Forecast(meter, "L-HiTS KS, steps 8..64", 5, 8, 1024, 3, 7, repeat: true);
        Forecast(meter, "L-HiTS KS, all steps", 5, 8, 1024, 0, Networks, repeat: false);
        Forecast(meter, "HiTS KS, steps 16..256", 5, 120, 1024, 4, 9, repeat: true);
        Forecast(meter, "HiTS KS, all steps", 5, 120, 1024, 0, Networks, repeat: false);
        Choice(meter, "L-HiTS KS, choice of steps", 5, 8, 1024);
    }

    private static IFlowMap[] Maps(int size, int hidden, int first, int last) =>
    [
        .. Enumerable.Range(first, last - first).Select(k => new ResidualFlowMap(1 << k,
        [
            Layer(size, hidden, Activation.Relu, k), Layer(hidden, hidden, Activation.Relu, k), Layer(hidden, hidden, Activation.Relu, k),
            Layer(hidden, size, Activation.None, k),
        ])),
    ];

    private static DenseLayer Layer(int inputs, int outputs, Activation activation, int seed)
    {
        var random = new Random(seed);
        float[] Noise(int count, double size) => [.. Enumerable.Range(0, count).Select(_ => (float)(size * (2 * random.NextDouble() - 1)))];
        return new DenseLayer(Noise(inputs * outputs, 0.3 / Math.Sqrt(inputs)), Noise(outputs, 0.01), activation);
    }

    private static void Forecast(Meter meter, string name, int members, int size, int hidden, int first, int last, bool repeat)
    {
        var maps = Maps(size, hidden, first, last);
        var (propagator, start, path) = (new HierarchicalPropagator(maps), new float[members * size], new float[Frames * members * size]);
        var products = Products(propagator.Maps, members, hidden);
        var context = StepContext.Of(members);
        if (repeat)
            meter.Row(name, () => propagator.Run(start, context, [], path), 1, products, $"{Applications(propagator.Maps)} applications x {members} members");
        else
            Once(name, () => propagator.Run(start, context, [], path), products / meter.ProductsPerMicrosecond);
    }

    /// <summary>The choice from the errors of all ranges: a forecast for each largest step.</summary>
    private static void Choice(Meter meter, string name, int members, int size, int hidden)
    {
        IFlowMap[] maps = Maps(size, hidden, 0, Networks);
        var products = Enumerable.Range(1, Networks).Sum(count => Products([.. maps.Take(count).Reverse()], members, hidden));
        Once(name, () => new CouplingSelection(maps, new float[(Frames + 1) * members * size], members).Published(), products / meter.ProductsPerMicrosecond);
    }

    private static int Applications(IEnumerable<IFlowMap> maps) => new CouplingPlan([.. maps.Select(map => map.Step)], Frames).Applications;

    /// <summary>Fused products of 16 numbers in a forecast by maps, largest step first.</summary>
    private static double Products(IReadOnlyList<IFlowMap> maps, int members, int hidden) =>
        (double)Applications(maps) * members * (2 * maps[0].Size * hidden + 2 * hidden * hidden) / 16;

    private static void Once(string name, Action work, double floor)
    {
        var clock = new ThreadClock();
        var start = clock.Now.Cpu;
        work();
        Console.WriteLine($"{name,-34}{clock.Now.Cpu - start,9:F3} s, floor {floor / 1e6:F3} s");
    }
}
