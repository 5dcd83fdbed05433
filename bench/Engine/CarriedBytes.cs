using System.Diagnostics;
using LedCluster.Actors;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;

/// <summary>
/// A job whose cohorts carry a given number of bytes and whose workers do no physics: single members, micro legs of one
/// frame, so that what is measured is the carrying. Solver, reduction and propagator at once; a recorder that counts.
/// </summary>
/// <param name="bytes">Bytes of a cohort's state.</param>
/// <param name="cohorts">Number of cohorts.</param>
/// <param name="legs">Legs of each.</param>
internal sealed class CarriedBytes(int bytes, int cohorts, int legs) : IMicroSolver, IReduction, IPropagator, IRecorder
{
    public FieldLayout Layout { get; } = new([new FieldChannel("x", "state", "1", Limit: 1000)], [], 1);
    public int LatentSize => 1;
    public int MemorySize => 1;

    private long first, last;
    private int recorded;

    /// <summary>Seconds from the first leg recorded to the last.</summary>
    /// <exception cref="InvalidOperationException">Not all legs were recorded.</exception>
    public double Seconds => recorded == cohorts * legs ? Stopwatch.GetElapsedTime(first, last).TotalSeconds
        : throw new InvalidOperationException($"{recorded} legs were recorded, expected {cohorts * legs}.");

    /// <summary>The job; all its cohorts share the arrays of their initial state.</summary>
    public EngineJob Job(int workers)
    {
        // One leg more in the plan than the cohorts run: the state must travel back from the last one too.
        var plan = Enumerable.Range(0, legs + 1).Select(index => new Leg(index, Phase.Micro, index, 1)).ToArray();
        var (model, clock) = (new EffectiveModel(this, this, [0f], [1f]), new ThreadClock());
        return new EngineJob(
            Cohorts, [.. plan[..legs]],
            new MicroWorker(this, model, [.. plan], LiftRule.Equilibrium, keepFields: false, clock),
            new LatentWorker(model, [.. plan], fieldSize: 1, clock),
            this, new ExecutionOptions { CohortSize = 1, Workers = workers });
    }

    private IEnumerable<Cohort> Cohorts
    {
        get
        {
            var state = new double[bytes / sizeof(double)];
            Array.Fill(state, 0.5);
            return Enumerable.Range(0, cohorts).Select(m => Cohort.Start([m], [0.5]) with { Fine = state });
        }
    }

    public double[] Lift(ReadOnlySpan<double> fields, LiftRule lift, in StepContext context) => throw new NotSupportedException();

    public double[] Advance(double[] state, int frames, IFrameSink sink, in StepContext context)
    {
        for (var row = 0; row < frames * context.Count; row++)
            sink.Add([0.5]);
        return state;
    }

    public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => latents.Fill(0.5f);

    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context) => fields.Fill(0.5f);

    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => 0;

    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => path.Fill(0.5f);

    public void Record(LegResult result)
    {
        last = Stopwatch.GetTimestamp();
        if (recorded++ == 0)
            first = last;
    }

    public void Flush()
    {
    }
}
