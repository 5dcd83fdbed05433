using LedCluster.Actors;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Host.Evaluation;

/// <summary>A forecast of one member in this process, by the workers that a run has, of which chosen frames are kept.</summary>
/// <param name="Fields">Fields [frames][C·X].</param>
/// <param name="Latents">Latents [frames][d_z].</param>
/// <param name="Warm">Cost of the warm-up.</param>
/// <param name="After">Cost of what follows.</param>
internal sealed record MemberForecast(double[][] Fields, float[][] Latents, WorkTimes Warm, WorkTimes After)
{
    /// <summary>Runs it.</summary>
    /// <param name="system">The system.</param>
    /// <param name="model">The model.</param>
    /// <param name="schedule">The timetable.</param>
    /// <param name="lift">How the solver's state is filled after a macro leg.</param>
    /// <param name="initial">Initial fields [C·X].</param>
    /// <param name="parameters">The ensemble's parameters.</param>
    /// <param name="member">Index of the member.</param>
    /// <param name="frames">Frames to keep, ascending.</param>
    /// <exception cref="InvalidOperationException">The member failed.</exception>
    public static MemberForecast Run(
        ISystem system, EffectiveModel model, LedSchedule schedule, LiftRule lift, double[] initial, ParameterTable parameters, int member, int[] frames)
    {
        var (size, d, clock, seed) = (system.Solver.Layout.Size, model.Reduction.LatentSize, new ThreadClock(), parameters.Seed);
        var plan = LedCycle.Plan(schedule);
        var micro = new MicroWorker(system.Solver, model, plan, lift, keepFields: true, clock, seed);
        var latent = new LatentWorker(model, plan, size, clock, keepFields: true, seed);
        var (fields, latents, warm, after) = (new double[frames.Length][], new float[frames.Length][], new WorkTimes(), new WorkTimes());
        var (cohort, next) = (Cohort.Start([member], initial, parameters.Of([member])), 0);
        foreach (var leg in plan)
        {
            var result = leg.Phase == Phase.Macro ? latent.Run([cohort])(0) : micro.Run(cohort);
            (warm, after) = leg.Phase == Phase.Warmup ? (warm + result.Times, after) : (warm, after + result.Times);
            for (; next < frames.Length && frames[next] <= leg.Last; next++)
            {
                var at = frames[next] - leg.First;
                fields[next] = Array.ConvertAll(result.Segment.Fields[(at * size)..((at + 1) * size)], x => (double)x);
                latents[next] = result.Segment.Latents[(at * d)..((at + 1) * d)];
            }
            FieldBuffers.Return(result.Segment);
            cohort = result.Next ?? throw new InvalidOperationException($"Member {member} failed: {result.Segment.Failures[0].Reason}.");
        }
        return new(fields, latents, warm, after);
    }
}
