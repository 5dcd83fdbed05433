using System.Collections.Immutable;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

/// <summary>A run of five members whose every number is known, without a solver or a model.</summary>
internal sealed class ToyRun(SaveRule save = SaveRule.Fields, int failing = 3, KeptPrecision precision = KeptPrecision.Float32) : IReduction
{
    /// <summary>What float64 keeps of a number and float32 does not.</summary>
    public const double Finer = 1e-12;

    public const int Latent = 2, Members = 5, FailsAt = 2;

    public static readonly FieldLayout Layout = FieldLayout.OnLine(
        [new FieldChannel("u", "activator", "1", 10), new FieldChannel("höhe", "height", "1", 20)], 3, 0.5, 0.25, "m", "s");

    public RunSpec Spec { get; } = new()
    {
        Study = "toy", Members = Members, FinalTime = 4, WarmTime = 0.5, MacroTime = 1, MicroTime = 0.5, Lift = LiftRule.Gradient, Save = save,
        Precision = precision,
        Seed = ulong.MaxValue, InitialConditions = "random", ModelHash = "abc", Version = "0.1.0",
    };

    /// <summary>Parameters of the members: one of the user, one that is drawn.</summary>
    public ParameterTable Parameters { get; } = new(
        [new Parameter("mu", 1, 0, 10, "damping", "1/s"), new Parameter("x0", 0, -1, 1, "place", "m", IsDrawn: true)], ulong.MaxValue, Members,
        new Dictionary<string, ParameterValues> { ["mu"] = new(1, 5) });

    public MemberDecoder Decoder => new(this, Parameters) { Diagnostics = Diagnostics };

    public static ImmutableArray<Diagnostic> Diagnostics { get; } = [new("total", "sum of all", "m")];

    public ManualTime Time { get; } = new();

    public ImmutableArray<Leg> Plan => LedCycle.Plan(Spec.Schedule(Layout));

    public int LatentSize => Latent;

    public ForecastStore CreateStore(string path) => ForecastStore.Create(path, Spec, Layout, Plan, Latent, Parameters, Diagnostics);

    public RunRecorder Open(string path) => RunRecorder.Open(RunDirectory.Create(path, Spec), Layout, Decoder, Time);

    /// <summary>Cohorts at their start.</summary>
    public static IEnumerable<Cohort> Start(IEnumerable<int> members, int size) =>
        members.Chunk(size).Select(m => Cohort.Start([.. m], new double[m.Length * Layout.Size]));

    /// <summary>Runs a cohort's next leg; the failing member is lost in leg 2.</summary>
    public LegResult Run(Cohort cohort)
    {
        var leg = Plan[cohort.Leg];
        int[] alive = [.. cohort.Members.Index().Where(m => m.Item != failing || leg.Index != FailsAt).Select(m => m.Index)];
        ImmutableArray<int> members = [.. alive.Select(p => cohort.Members[p])];
        var latents = new List<float>();
        for (var f = leg.First; f <= leg.Last; f++)
            foreach (var member in members)
                latents.AddRange(LatentOf(member, f));
        var fields = new float[latents.Count / Latent * Layout.Size];
        Decode(latents.ToArray(), fields, default);
        var failures = cohort.Members.Except(members).Select(m => new MemberFailure(m, leg.Index, "u[0] = NaN"));
        var segment = new Segment(
            cohort.Id, leg, members, [.. latents], save == SaveRule.Fields && precision == KeptPrecision.Float32 ? fields : [],
            [.. members.Select(m => new Trust(leg.Phase == Phase.Macro ? float.NaN : m * 0.1f, leg.Index))], [.. failures])
        {
            WideFields = precision == KeptPrecision.Float64 ? [.. fields.Select(x => x + Finer)] : [],
            SeriesNames = ["total"],
            Series = [.. Enumerable.Range(leg.First, leg.Frames).SelectMany(f => members.Select(m => TotalOf(m, f)))],
        };
        var next = cohort with { Leg = leg.Index + 1, Frame = leg.Last, Memory = [.. cohort.Members.Select(m => (float)(m * 100 + leg.Index))] };
        return new LegResult(members.Length == 0 ? null : next.Keep(alive), segment, new WorkTimes());
    }

    public static float TotalOf(int member, int frame) => 10 * member + frame;

    public static float[] LatentOf(int member, int frame) => [1 + member + frame * 0.125f, 1 - member * frame * 0.0625f];

    public static float[] FieldOf(int member, int frame)
    {
        var fields = new float[Layout.Size];
        new ToyRun().Decode(LatentOf(member, frame), fields, default);
        return fields;
    }

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        for (var i = 0; i < fields.Length; i++)
            fields[i] = latents[i / Layout.Size * Latent] * (1 + i % Layout.Size) + latents[i / Layout.Size * Latent + 1];
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => throw new NotSupportedException();

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => throw new NotSupportedException();

    /// <summary>Records everything that is left, in a given order of cohorts, and completes the run.</summary>
    public void Finish(RunRecorder recorder, int size, bool backwards = false, bool retryFailed = false)
    {
        var found = recorder.Restore(retryFailed);
        var queue = found.Cohorts.Concat(Start(found.Fresh, size)).ToList();
        if (backwards)
            queue.Reverse();
        foreach (var cohort in queue)
            for (var next = cohort; next is not null && next.Leg < Plan.Length;)
            {
                var result = Run(next);
                recorder.Record(result);
                next = result.Next;
            }
        recorder.Complete();
    }
}
