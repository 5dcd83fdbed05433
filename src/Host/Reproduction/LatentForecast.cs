using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Host.Reproduction;

/// <summary>A model's forecasts beside the truth, in the process itself.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Fields">Forecast of the frames after the warm-up, [member][frames, C·X].</param>
/// <param name="Latents">Latents of the same frames, [member][frames, d_z].</param>
/// <param name="Seconds">CPU seconds per member of encoding the warm-up, propagating and decoding, on one thread.</param>
/// <param name="Reduction">The model's reduction.</param>
/// <param name="Manifest">What the model's file tells.</param>
/// <param name="Weights">Numbers that it holds.</param>
internal sealed record LatentForecast(
    string Model, double[][] Fields, float[][] Latents, double Seconds, IReduction Reduction, ModelManifest Manifest, int Weights)
{
    /// <summary>Encodes the first frames, propagates alone to the end, and decodes.</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="name">Name of the model.</param>
    /// <param name="parameters">Seed and parameters of the members.</param>
    /// <param name="truth">True trajectories, [member][frames, C·X].</param>
    /// <param name="known">Frames that are encoded.</param>
    /// <param name="other">Another propagator that the model's weights can make; null for its own.</param>
    /// <exception cref="UserError">The model reads more frames.</exception>
    public static LatentForecast Of(ReproductionRun run, string name, ParameterTable parameters, double[][] truth, int known,
        Func<PropagatorArchitecture, PropagatorArchitecture>? other = null)
    {
        run.Cancel.ThrowIfCancellationRequested();
        var directory = run.Study.FindModel(name);
        var (model, manifest) = ForecastSetup.LoadModel(run.Study, directory, other);
        if (known < model.Propagator.FramesRead)
            throw new UserError($"The model '{name}' reads {model.Propagator.FramesRead} frames, but the figure gives {known}. Raise its warmTime.");
        var (size, d) = (run.Study.PhysicalSystem.Solver.Layout.Size, model.Reduction.LatentSize);
        var frames = truth[0].Length / size - known;
        var (fields, latentPaths, seconds) = (new double[truth.Length][], new float[truth.Length][], new double[truth.Length]);
        const int together = 16; // members, as the propagators take them
        var options = new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel };
        Parallel.ForEach(Enumerable.Range(0, truth.Length).Chunk(together), options, members =>
        {
            var clock = new Actors.ThreadClock();
            var begin = clock.Now.Cpu;
            var (context, count) = (parameters.Context(members), members.Length);
            var (own, latents) = (new float[known * d], new float[known * count * d]); // [frame, member, d_z]
            for (var m = 0; m < count; m++)
            {
                model.Reduction.Encode(truth[members[m]].AsSpan(0, known * size), own);
                for (var f = 0; f < known; f++)
                    own.AsSpan(f * d, d).CopyTo(latents.AsSpan((f * count + m) * d));
            }
            var (memory, path) = (new float[count * model.Propagator.MemorySize], new float[frames * count * d]);
            model.Propagator.FeedAndRun(latents, context, memory, path);
            var decoded = new float[frames * size];
            for (var m = 0; m < count; m++)
            {
                var alone = latentPaths[members[m]] = new float[frames * d];
                for (var f = 0; f < frames; f++)
                    path.AsSpan((f * count + m) * d, d).CopyTo(alone.AsSpan(f * d));
                model.Reduction.Decode(alone, decoded, context.Slice(m, 1).At(known));
                fields[members[m]] = Array.ConvertAll(decoded, x => (double)x);
            }
            foreach (var m in members)
                seconds[m] = (clock.Now.Cpu - begin) / count;
        });
        return new(name, fields, latentPaths, seconds.Average(), model.Reduction, manifest, ModelFile.CountWeights(directory));
    }

    /// <summary>Frames as a reduction has them, without a forecast.</summary>
    /// <param name="reduction">The reduction.</param>
    /// <param name="fields">Frames of a member, [frames, C·X].</param>
    /// <param name="size">Numbers C·X of a frame.</param>
    /// <param name="context">The member at the first of the frames.</param>
    public static double[] Reconstructed(IReduction reduction, ReadOnlySpan<double> fields, int size, in StepContext context)
    {
        var (latents, decoded) = (new float[fields.Length / size * reduction.LatentSize], new float[fields.Length]);
        reduction.Encode(fields, latents);
        reduction.Decode(latents, decoded, context);
        return Array.ConvertAll(decoded, x => (double)x);
    }
}
