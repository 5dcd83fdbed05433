using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;

namespace LedCluster.Models.Training;

/// <summary>
/// Hierarchical time-stepping: the networks of all steps, each trained by itself, then the choice of those to couple by forecasts of the
/// validation trajectories.
/// </summary>
/// <param name="shape">Shape.</param>
/// <param name="networks">The networks.</param>
/// <param name="options">The recipe.</param>
/// <param name="latents">Latents to train and to validate on.</param>
/// <param name="seed">Seed of the batches.</param>
internal sealed class HierarchicalTraining(
    HierarchicalArchitecture shape, FlowMapNetworks networks, TrainingOptions options, PropagatorData latents, ulong seed) : PropagatorTraining
{
    private CouplingSelection? selection;

    /// <inheritdoc />
    public override WeightTensors Weights => networks.Weights;

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages()
    {
        var windows = new FlowMapWindows(latents, options.Sequential!, Weights.Device);
        return
        [
            new HierarchicalStage(shape, networks, windows, options.Sequential!, seed),
            .. options.Sequential!.Polish.SelectMany((polish, order) => shape.Steps.Select((step, place) =>
                new HierarchicalPolishStage(networks, place, step, windows, polish, seed, (uint)order))),
            new FitStage("choice of steps", () => Figures().ToDictionary()),
        ];
    }

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() => networks.Arrays();

    /// <inheritdoc />
    public override PropagatorArchitecture? Trained =>
        shape.Tolerance is null ? shape with { Coupled = [.. Selection.Propagator(Selection.Published()).Maps.Select(map => map.Step).Order()] } : null;

    /// <inheritdoc />
    public override void Dispose() => networks.Dispose();

    /// <summary>Forecasts of pieces of the trajectories to choose on, on scaled latents.</summary>
    private CouplingSelection Selection => selection ??= Select();

    private CouplingSelection Select()
    {
        var (set, skip) = (options.Sequential!.CouplingOnTraining ? latents.Training : latents.Validation, options.Sequential.PropagatorSkip);
        var (d, last) = (set.LatentSize, set.Trajectories[0].Length / set.LatentSize - 1 - skip);
        var horizon = options.Sequential.CouplingHorizon is > 0 and var given ? Math.Min(given, last) : last;
        var pieces = set.Trajectories.SelectMany(
            path => Enumerable.Range(0, last / horizon).Select(i => path.AsMemory((skip + i * horizon) * d, (horizon + 1) * d))).ToArray();
        var truth = new float[(horizon + 1) * pieces.Length * d];
        for (var frame = 0; frame <= horizon; frame++)
            for (var piece = 0; piece < pieces.Length; piece++)
                for (var k = 0; k < d; k++)
                    truth[(frame * pieces.Length + piece) * d + k] = (float)pieces[piece].Span[frame * d + k];
        var unscaled = new LatentScaling([.. new float[d]], [.. Enumerable.Repeat(1f, d)]);
        var arrays = new WeightArrays(Arrays().ToDictionary(), "the training");
        return new CouplingSelection(shape.Steps.Select(step => shape.Network(step, unscaled, arrays)), truth, pieces.Length);
    }

    /// <summary>Mean squared errors of the forecasts that decide: by the networks coupled, and by each alone.</summary>
    private IEnumerable<KeyValuePair<string, double>> Figures() =>
    [
        KeyValuePair.Create("couplingError", Selection.Published().Error),
        .. Selection.Maps.Select((map, i) => KeyValuePair.Create($"singleStepError.{map.Step}", Selection.Error(i, i))),
    ];
}
