using LedCluster.Actors;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Metrics;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>A comparison under way: blocks of members write to disjoint parts of it, from several threads.</summary>
internal sealed class Comparison
{
    private readonly ForecastSetup setup;
    private readonly ForecastStore store;
    private readonly FrameSource forecast;
    private readonly EnsembleComparison ensemble;
    private readonly int members, size, last;
    private readonly float[] truth;

    /// <summary>Begins a comparison.</summary>
    /// <param name="setup">The run.</param>
    /// <param name="store">Its output.</param>
    /// <param name="compared">Members to compare.</param>
    /// <param name="stride">Lead-time errors are kept at every such frame.</param>
    public Comparison(ForecastSetup setup, ForecastStore store, int[] compared, int stride)
    {
        (this.setup, this.store, members) = (setup, store, compared.Length);
        (size, last) = (setup.Layout.Size, setup.Schedule.Final);
        forecast = store.Source(setup.Decoder);
        truth = new float[(last + 1) * size];
        var scouts = compared[..Math.Min(compared.Length, ClimateScale.Scouts)];
        var conditions = setup.InitialConditions;
        var scales = setup.Layout.Periodic
            ? ClimateScale.Of(setup.Solver, conditions.Fields(scouts), conditions.Parameters.Context(scouts), setup.Schedule, members) : null;
        ensemble = new EnsembleComparison(setup.Layout, members, setup.Schedule.Warm, last, stride, setup.Study.PhysicalSystem.LyapunovTime, scales);
    }

    /// <summary>Compares a block of members.</summary>
    /// <param name="block">Indices of the members.</param>
    /// <param name="position">Position of the first among the compared.</param>
    /// <param name="progress">Told the number of member-frames compared.</param>
    /// <returns>An account per channel, sums of the diagnostics [frames, D] over the members, and the micro solver's CPU seconds.</returns>
    public (ChannelAccount[] Accounts, double[] Diagnostics, double Cpu) Run(int[] block, int position, Action<double> progress)
    {
        var (accounts, clock) = (ensemble.Accounts(), new ThreadClock());
        var (diagnostics, context) = (Diagnostics.Of(setup.Study.PhysicalSystem), setup.InitialConditions.Parameters.Context(block));
        var sums = new double[(last + 1) * (diagnostics?.Names.Length ?? 0)];
        var (spent, mark) = (0.0, clock.Now.Cpu);
        MicroSimulation.Run(setup.Solver, setup.InitialConditions.Fields(block), last, context, (first, piece) =>
        {
            spent += clock.Now.Cpu - mark;
            var frames = piece.Length / size / block.Length;
            var predicted = new float[piece.Length];
            forecast(block, first, frames, predicted);
            if (Array.FindIndex(predicted, x => !float.IsFinite(x)) is >= 0 and var bad)
            {
                throw new UserError($"'{store.Path}' has no forecast of member {block[bad / (frames * size)]} at frame {first + bad / size % frames}, "
                    + "although the member finished: the output is damaged. Run the forecast again.");
            }
            var solved = Array.ConvertAll(piece, y => (float)y);
            for (var m = 0; m < block.Length; m++)
                for (var f = 0; f < frames; f++)
                {
                    var y = solved.AsSpan((f * block.Length + m) * size, size);
                    ensemble.Add(first + f, position + m, y, predicted.AsSpan((m * frames + f) * size, size), accounts);
                    if (position + m == 0)
                        y.CopyTo(truth.AsSpan((first + f) * size));
                }
            if (diagnostics is { Names.Length: var d })
            {
                var values = new float[frames * block.Length * d];
                diagnostics.Compute(piece, [], values, context.At(first));
                for (var i = 0; i < values.Length; i++)
                    sums[(first + i / (block.Length * d)) * d + i % d] += values[i];
            }
            progress((double)frames * block.Length);
            mark = clock.Now.Cpu;
        });
        return (accounts, sums, spent);
    }

    /// <summary>The figures, once all blocks have run.</summary>
    public EvaluationResult Conclude(ChannelAccount[] accounts, double cpu) => new(members, ensemble.Conclude(accounts), ensemble.KeptFrames, cpu, truth);
}
