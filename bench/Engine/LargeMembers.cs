using System.Diagnostics;
using System.Globalization;
using LedCluster.Actors;
using LedCluster.Actors.Deployment;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

/// <summary>
/// What memory large members take: a solver that shifts its fields, a model of their means, and a run of a warm-up, a macro and a micro leg.
/// </summary>
/// <param name="size">Numbers per member.</param>
internal sealed class LargeMembers(int size) : IMicroSolver, IReduction, IPropagator, IRecorder
{
    private const int Members = 100;

    public FieldLayout Layout { get; } = FieldLayout.OnLine([new FieldChannel("u", "field", "1", Limit: 1000)], size, 1, timeStep: 1);
    public int LatentSize => 1;
    public int MemorySize => 0;

    /// <summary>Runs, and prints the largest resident set of the process.</summary>
    /// <param name="arguments"><c>cohort</c> for one cohort of all members, else as a run has them, cut by what their frames take.</param>
    public static void Run(string[] arguments)
    {
        var (bench, isOne) = (new LargeMembers(2_000_000), arguments is ["cohort"]);
        var plan = LedCycle.Plan(new LedSchedule(3, 4, 4, 11) { LongestLeg = LedCycle.LongestLeg(bench.Layout.Size) });
        var (model, clock) = (new EffectiveModel(bench, bench, [0f], [1f]), new ThreadClock());
        var micro = new MicroWorker(bench, model, plan, LiftRule.Equilibrium, keepFields: false, clock);
        var latent = new LatentWorker(model, plan, bench.Layout.Size, clock);
        var size = isOne ? Members : LedCycle.LargestCohort(bench.Layout.Size);
        if (isOne)
            for (var cohort = Start(bench, [.. Enumerable.Range(0, Members)]); cohort is not null && cohort.Leg < plan.Length;)
                cohort = (plan[cohort.Leg].Phase == Phase.Macro ? latent.Run([cohort])(0) : micro.Run(cohort)).Next!;
        else
            new LocalEngine().Run(new EngineJob(
                Enumerable.Range(0, Members).Chunk(size).Select(members => Start(bench, members)), plan, micro, latent, bench,
                new ExecutionOptions { CohortSize = size, Workers = 2 }), CancellationToken.None);
        Console.WriteLine(
            FormattableString.Invariant($"{Members} members of {bench.Layout.Size * sizeof(double) / 1e6:F0} MB, cohorts of {size}, ")
            + FormattableString.Invariant($"legs of at most {LedCycle.LongestLeg(bench.Layout.Size)} frames, no fields kept: ")
            + FormattableString.Invariant($"{Peak() / 1e9:F2} GB resident at most"));
    }

    private static Cohort Start(LargeMembers bench, int[] members)
    {
        var fields = new double[members.Length * (long)bench.Layout.Size];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = i % 1000 / 1000.0;
        return Cohort.Start([.. members], fields);
    }

    /// <summary>Largest resident set of this process, in bytes (proc(5), VmHWM).</summary>
    private static double Peak() => 1024 * double.Parse(
        File.ReadLines($"/proc/{Process.GetCurrentProcess().Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Split(':')[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => fields.ToArray();

    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        for (var f = 0; f < frames; f++)
            for (var m = 0; m < context.Count; m++)
            {
                var own = state.AsSpan(m * Layout.Size, Layout.Size);
                var first = own[0];
                own[1..].CopyTo(own);
                own[^1] = first;
                sink.Add(own);
            }
        return state;
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents)
    {
        for (var row = 0; row < latents.Length; row++)
            latents[row] = (float)(System.Numerics.Tensors.TensorPrimitives.Sum(fields.Slice(row * Layout.Size, Layout.Size)) / Layout.Size);
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        for (var row = 0; row < latents.Length; row++)
            fields.Slice(row * Layout.Size, Layout.Size).Fill(latents[row]);
    }

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => 0;

    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        for (var i = 0; i < path.Length; i++)
            path[i] = latents[i % latents.Length];
    }

    public void Record(LegResult result)
    {
    }

    public void Flush()
    {
    }
}
