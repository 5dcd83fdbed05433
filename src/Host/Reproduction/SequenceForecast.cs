using LedCluster.Domain.Systems;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.StateSpace;
using MathNet.Numerics.Statistics;

namespace LedCluster.Host.Reproduction;

/// <summary>Draws of a state-space model that go on from the last known frame of each of some sequences, and what they tell of each bin.</summary>
/// <param name="Mean">Mean over draws of X, [sequence][frames, B].</param>
/// <param name="Lower">2.5 % quantile of the drawn shares m/N, [sequence][frames, B].</param>
/// <param name="Upper">97.5 % quantile of them.</param>
/// <param name="Mass">Mean over draws of ΣX, [sequence][frames].</param>
/// <param name="MassBounds">2.5 % and 97.5 % quantiles of ΣX over draws, [sequence][frames].</param>
/// <param name="Seconds">CPU seconds per draw and frame, of transition and emission.</param>
internal sealed record SequenceForecast(
    double[][] Mean, double[][] Lower, double[][] Upper, double[][] Mass, (double Lower, double Upper)[][] MassBounds, double Seconds)
{
    /// <summary>Draws ahead.</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="name">Name of the model.</param>
    /// <param name="parameters">Parameters of the sequences; draws have the seed of the table, and members of their own.</param>
    /// <param name="start">The last known frame of each sequence, [sequence][B]: counts as shares, about which the posterior is drawn.</param>
    /// <param name="first">Its frame.</param>
    /// <param name="frames">Frames to predict.</param>
    /// <param name="draws">Draws per sequence.</param>
    /// <param name="posterior">The posterior to draw the known frame from instead, with the sequences' indices in it; null for none.</param>
    public static SequenceForecast Of(
        ReproductionRun run, string name, ParameterTable parameters, double[][] start, int first, int frames, int draws, SequencePosterior? posterior = null)
    {
        run.Cancel.ThrowIfCancellationRequested();
        var (model, manifest) = ForecastSetup.LoadModel(run.Study, run.Study.FindModel(name));
        if (model is not { Propagator: TransitionPropagator propagator, Reduction: MultinomialReduction reduction })
            throw new UserError(
                $"The model '{name}' is not a state-space model: its propagator must be of kind transition. Remove it from the figure in reproduce.json.");
        var (bins, unit) = (reduction.LatentSize, manifest.ChannelMaximum[0]);
        double[][] Blank(int size) => [.. start.Select(_ => new double[size])];
        var (mean, lower, upper, mass) = (Blank(frames * bins), Blank(frames * bins), Blank(frames * bins), Blank(frames));
        var bounds = start.Select(_ => new (double, double)[frames]).ToArray();
        var seconds = new double[start.Length];
        Parallel.For(0, start.Length, new ParallelOptions { MaxDegreeOfParallelism = run.Workers, CancellationToken = run.Cancel }, s =>
        {
            var clock = new Actors.ThreadClock();
            var begin = clock.Now.Cpu;
            int[] members = [.. Enumerable.Range(s * draws, draws)];
            var own = parameters.Of([s]);
            var context = new Domain.Workers.StepContext(parameters.Seed, members, first, members.SelectMany(_ => own).ToArray());
            var (known, latents) = (new float[bins], new float[draws * bins]);
            reduction.Encode(start[s], known);
            var memory = new float[draws * propagator.MemorySize];
            for (var d = 0; d < draws; d++)
                known.CopyTo(latents, d * bins);
            if (posterior is not null)
            {
                for (var d = 0; d < draws; d++)
                {
                    var random = context.Random(d, first, Domain.Workers.DrawPurpose.Propagator, stream: 1);
                    for (var j = 0; j < bins; j++)
                        if ((s * posterior.Frames + posterior.Frames - 1) * bins + j is var i)
                            latents[d * bins + j] = (float)(Math.Exp(posterior.LogMeans[i] + posterior.Deviations[i] * random.NextNormal()) / unit);
                }
                latents.CopyTo(memory, 0); // known to the propagator: it does not draw about it again
            }
            var (path, fields) = (new float[frames * draws * bins], new float[frames * draws * bins]);
            propagator.Run(latents, context, memory, path);
            reduction.Decode(path, fields, context.At(first + 1));
            seconds[s] = (clock.Now.Cpu - begin) / (draws * frames);
            var (values, masses) = (new double[draws], new double[draws]);
            for (var f = 0; f < frames; f++)
            {
                Array.Clear(masses);
                for (var j = 0; j < bins; j++)
                {
                    for (var d = 0; d < draws; d++)
                    {
                        var at = (f * draws + d) * bins + j;
                        values[d] = fields[at];
                        masses[d] += path[at] * unit;
                        mean[s][f * bins + j] += path[at] * unit / draws;
                    }
                    Array.Sort(values);
                    (lower[s][f * bins + j], upper[s][f * bins + j]) = (Quantile(values, 0.025), Quantile(values, 0.975));
                }
                Array.Sort(masses);
                (mass[s][f], bounds[s][f]) = (masses.Average(), (Quantile(masses, 0.025), Quantile(masses, 0.975)));
            }
        });
        return new(mean, lower, upper, mass, bounds, seconds.Average());

        static double Quantile(double[] sorted, double q) => SortedArrayStatistics.QuantileCustom(sorted, q, QuantileDefinition.R6);
    }

    /// <summary>Part of the bins at a frame, over all sequences, whose true share lies within the band.</summary>
    /// <param name="truth">True frames after the known one, [sequence][frames, B].</param>
    /// <param name="frame">Frame after the known one, from 0.</param>
    public double Coverage(double[][] truth, int frame)
    {
        var bins = Mean[0].Length / Mass[0].Length;
        return truth.Select((path, s) => Enumerable.Range(frame * bins, bins).Count(i => path[i] >= Lower[s][i] && path[i] <= Upper[s][i]))
            .Sum() / (double)(bins * truth.Length);
    }

    /// <summary>Largest |ΣX − 1| of the mean over draws, over sequences and frames.</summary>
    public double LargestMassError => Mass.Max(path => path.Max(mass => Math.Abs(mass - 1)));
}
