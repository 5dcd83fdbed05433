using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Training;

/// <summary>Whether a recipe's parts fit together, asked before anything is simulated.</summary>
public static class RecipeCheck
{
    /// <summary>Whether a part is a network that is trained by gradients, for which libtorch is needed.</summary>
    public static bool NeedsNetworks(TrainingOptions options) => TrainsByGradients(options)
        || (options.ReductionOf is null && BandLimitedArchitecture.WithoutLimit(options.Reduction) is AugmentedComponentsArchitecture);

    /// <summary>Whether sequential or rounds have something to train.</summary>
    public static bool TrainsByGradients(TrainingOptions options) => TrainsReduction(options) || TrainsPropagator(options);

    /// <summary>What is wrong with a recipe, a sentence each; empty when nothing is.</summary>
    public static IEnumerable<string> Faults(TrainingOptions options)
    {
        var (data, frames) = (options.Data, options.Data.Frames + 1);
        foreach (var (name, value, least, fix) in (IEnumerable<(string, int, int, string)>)[
            ("members", data.Members, 0, "1 or more, or references instead"),
            ("validationMembers", data.ValidationMembers, 0, "1 or more, or validationReferences instead"),
            ("frames", data.Frames, 1, "1 or more"), ("skip", data.Skip, 0, "0 or more")])
            if (value < least)
                yield return $"data.{name} is {value}; give {fix}.";
        var warmed = !TrainsPropagator(options)
            || options is { Sequential: not null, Propagator: not (WindowedLstmArchitecture or HierarchicalArchitecture) };
        if (warmed && frames <= PropagatorValidation.Warm + 1)
            yield return $"data.frames is {data.Frames}; propagators are validated after {PropagatorValidation.Warm} frames of warm-up, "
                + $"so that at least {PropagatorValidation.Warm + 1} are needed.";
        if (data.Members + data.References.Length == 0 || data.ValidationMembers + data.ValidationReferences.Length == 0)
            yield return "data needs trajectories to train on and others to validate on: give members and validationMembers, "
                + "or references and validationReferences.";
        if (data.Skip >= data.Frames)
            yield return $"data.skip is {data.Skip}, but the trajectories end at frame {data.Frames}.";
        if (options.ReductionOf is null && (options.Reduction is null || options.ChannelMinimum.IsDefaultOrEmpty || options.ChannelMaximum.IsDefaultOrEmpty))
            yield return "it needs reduction, channelMinimum and channelMaximum, or reductionOf with the name of one of the study's models.";
        if (options.ReductionOf is not null
            && (options.Reduction is not null || !options.ChannelMinimum.IsDefaultOrEmpty || !options.ChannelMaximum.IsDefaultOrEmpty))
            yield return "reductionOf takes reduction and channel ranges from a model; leave out reduction, channelMinimum and channelMaximum.";
        if (options.HalfPrecision && !TrainsPropagator(options))
            yield return "halfPrecision stores a network that is trained by gradients; "
                + $"the weights of its {options.Propagator.Summary} would lose what they are fitted to. Leave it out.";
        if (options.Propagator is CoarsePdeArchitecture pde)
        {
            if (pde.Fault is { } unlearnable)
                yield return $"of its coarse PDE, {unlearnable}.";
            if (options.Fit.Samples < 2 || options.Fit.Evaluations < 1 || !(options.Fit.LastRidge > 0))
                yield return $"its fit has samples {options.Fit.Samples}, evaluations {options.Fit.Evaluations}, "
                    + $"lastRidge {options.Fit.LastRidge}; give more than one, at least one, and a positive number.";
            if (options is not { Sequential: null, Rounds: null, Variational: null })
                yield return "its coarse PDE is fitted as fit says: leave out sequential, rounds and variational.";
            yield break;
        }
        if (TrainsByGradients(options) && options is { Sequential: null, Rounds: null, Variational: null })
            yield return $"its {(TrainsReduction(options) ? options.Reduction!.Summary : options.Propagator.Summary)} is trained by gradients: "
                + "say how by sequential or rounds.";
        if (options.Sequential is not null && options.Rounds is not null)
            yield return "it has both sequential and rounds; leave one of them out.";
        if (!TrainsByGradients(options) && (options.Sequential is not null || options.Rounds is not null))
            yield return "nothing in it is trained by sequential or rounds, neither "
                + $"{options.Reduction?.Summary ?? $"the reduction of {options.ReductionOf}"} nor {options.Propagator.Summary}: leave them out.";
        if (options.Rounds is { EndToEnd: true } && !(TrainsReduction(options) && TrainsPropagator(options)))
            yield return "it is end to end, but its "
                + (TrainsReduction(options) ? options.Propagator.Summary : options.Reduction?.Summary ?? $"reduction of {options.ReductionOf}")
                + " is not trained by gradients. Set rounds.endToEnd to false.";
        if (options.Sequential?.EndToEnd is { } joint)
        {
            if (!(TrainsReduction(options) && TrainsPropagator(options))
                || options.Reduction is ExchangeableArchitecture or VariationalArchitecture
                || options.Propagator is not (LstmArchitecture or GruArchitecture or PerceptronArchitecture))
                yield return "sequential.endToEnd trains an autoencoder and a propagator of kind lstm, gru or mlp together; "
                    + $"its parts are {options.Reduction?.Summary ?? $"the reduction of {options.ReductionOf}"} and "
                    + $"{options.Propagator.Summary}. Leave out endToEnd.";
            else if (joint is not { Cycles: 0, Warm: > PropagatorLoss.Cold, Horizon: > 0, Windows: > 0, Evaluations: > 0 })
                yield return "sequential.endToEnd takes windows of warm known and horizon autonomous frames: "
                    + $"give warm above {PropagatorLoss.Cold}, horizon, windows and evaluations from 1, and no cycles.";
            else if (joint.Warm + joint.Horizon + 1 + data.Skip > frames)
                yield return $"a window of sequential.endToEnd needs {joint.Warm + joint.Horizon + 1} frames after the {data.Skip} that are "
                    + $"skipped, the trajectories have {frames}. Raise data.frames, or lower its warm or horizon.";
        }
        if (options is { Rounds.EndToEnd: true, Reduction: ExchangeableArchitecture })
            yield return "a decoder that samples has no gradient with respect to its samples, so it cannot be trained end to end. "
                + "Set rounds.endToEnd to false, or give sequential.";
        if ((options.Propagator, options.Variational) is (TransitionArchitecture, null) or (not TransitionArchitecture, not null))
            yield return "a propagator of kind transition is trained by variational inference, and nothing else is: give both, or neither.";
        if (options is { Propagator: TransitionArchitecture transition, Variational: { } inference })
        {
            if (transition.Fault is { } untransitional)
                yield return $"of its {transition.Summary}, {untransitional}.";
            if (options.Reduction is not MultinomialArchitecture || options.ChannelMinimum is not [0])
                yield return "a propagator of kind transition needs a reduction of kind multinomial, with one channel whose minimum is 0.";
            if (options is not { Sequential: null, Rounds: null })
                yield return "it has variational beside sequential or rounds; leave those out.";
            if (inference.Fault is { } unbounded)
                yield return unbounded;
        }
        if (options.Propagator is ReservoirArchitecture reservoir && reservoir.Fault(latentSize: 1) is { } unfit)
            yield return $"of its {reservoir.Summary}, {unfit}.";
        if (options.Propagator is SindyArchitecture { Fault: { } unusable } sindy)
            yield return $"of its {sindy.Summary}, {unusable}.";
        if (options.Propagator is ConditionedArchitecture conditioned)
        {
            if (conditioned.Fault is { } unconditioned)
                yield return $"of its propagator with parameters, {unconditioned}.";
            if (!conditioned.Minimum.IsDefault || !conditioned.Maximum.IsDefault)
                yield return "the minimum and maximum of its propagator's parameters are those of the training data: leave them out, and set data.parameters.";
            if (options.Rounds is { EndToEnd: true })
                yield return "a propagator with parameters is not trained end to end. Set rounds.endToEnd to false, or give sequential.";
        }
        if (options.Propagator is HierarchicalArchitecture hierarchy)
        {
            if (hierarchy.Fault is { } unsteppable)
                yield return $"of its {hierarchy.Summary}, {unsteppable}.";
            else if (options.Sequential is not { PropagatorHorizon: > 0, CouplingHorizon: >= 0 } own)
                yield return $"its {hierarchy.Summary} is trained by steps in a row: "
                    + "give sequential, with propagatorHorizon from 1 and couplingHorizon not below 0; not rounds.";
            else if (own.Polish.Any(polish => polish is not { Cycles: 0, Horizon: > 0, Windows: > 0, Evaluations: > 0 }))
                yield return $"the polish of its {hierarchy.Summary} takes windows of horizon steps: "
                    + "give each horizon, windows and evaluations from 1, and no cycles.";
            else if (own is { Polish.Length: > 0, SinglePrecision: true })
                yield return "L-BFGS needs float64: leave out sequential.singlePrecision, or polish.";
            else if (hierarchy.Steps.Max() + own.PropagatorSkip > data.Frames)
                yield return $"a step of {hierarchy.Steps.Max()} frames does not fit trajectories that end at frame {data.Frames}, "
                    + $"of which {own.PropagatorSkip} are skipped. Raise data.frames, or leave out large steps.";
            if (!hierarchy.Coupled.IsDefault)
                yield return "the steps that its propagator couples are chosen by the training: leave out coupled.";
        }
        if (options.Propagator is LstmMixtureArchitecture mixture)
        {
            if (mixture.Fault(1) is { } unlikely)
                yield return $"of its {mixture.Summary}, {unlikely}.";
            else if (options.Sequential is not { Polish: [], PropagatorHorizon: 0, PropagatorWarm: > PropagatorLoss.Cold })
                yield return $"its {mixture.Summary} is trained by the likelihood of known frames: give sequential, with polish [], "
                    + $"propagatorHorizon 0 and propagatorWarm, the frames of a window, above {PropagatorLoss.Cold}; not rounds.";
        }
        if (options.Propagator is WindowedLstmArchitecture windowed)
        {
            if (windowed.Fault is { } wrong)
                yield return $"of its {windowed.Summary}, {wrong}.";
            if (options.Sequential is not { Polish: [] } steps)
                yield return $"its {windowed.Summary} is trained by random windows: give sequential, with polish []; not rounds.";
            else if (windowed.Window + 1 + steps.PropagatorHorizon + steps.PropagatorSkip > frames)
                yield return $"a window of {windowed.Window} frames and the {1 + steps.PropagatorHorizon} after it need more than the {frames} "
                    + $"frames of the trajectories, of which {steps.PropagatorSkip} are skipped. Raise data.frames.";
        }
        if (options.Propagator is WindowedLstmArchitecture or HierarchicalArchitecture)
        {
            if (TrainsReduction(options) && options.Sequential is { } part && data.Skip >= Math.Min(part.AutoencoderFrames, frames))
                yield return $"data.skip is {data.Skip}, but the autoencoder sees the first {Math.Min(part.AutoencoderFrames, frames)} frames "
                    + "alone. Raise sequential.autoencoderFrames.";
            yield break;
        }
        if (options.Sequential is not { } sequential)
            yield break;
        var seen = Math.Min(sequential.AutoencoderFrames, frames);
        var window = PropagatorLoss.WindowFrames(Math.Max(PropagatorStage.LongestWarmUp, sequential.PropagatorWarm), sequential.PropagatorHorizon, cycles: 0);
        if (sequential.DecoderSteps < 0 || sequential.DecoderSteps > 0 && (options.Reduction is not ExchangeableArchitecture || sequential.DecoderBatch < 1))
            yield return $"sequential.decoderSteps is {sequential.DecoderSteps} and sequential.decoderBatch {sequential.DecoderBatch}; "
                + "a decoder of its own is trained on a reduction of kind exchangeable-mixture alone, by 1 frame a step or more.";
        if (data.Skip >= seen || sequential.PropagatorSteps > 0 && window > seen - sequential.PropagatorSkip)
            yield return $"the first {seen} frames of the trajectories are too few: "
                + $"{data.Skip} are skipped for the autoencoder and {sequential.PropagatorSkip} for the propagator, "
                + $"one of whose windows has up to {window}. Raise sequential.autoencoderFrames or data.frames, "
                + "or lower sequential.propagatorHorizon.";
        if (sequential is { PropagatorSteps: > 0, PropagatorHorizon: 0, PropagatorWarm: <= PropagatorLoss.Cold })
            yield return "without sequential.propagatorHorizon, teacher-forced frames are all that there is to learn from, "
                + $"and the first {PropagatorLoss.Cold} do not count: set sequential.propagatorWarm to more, for example 50.";
        foreach (var polish in sequential.Polish)
            if (PropagatorLoss.WindowFrames(polish.Warm, polish.Horizon, polish.Cycles) is var needed && needed > frames)
                yield return $"a window of sequential.polish needs {needed} frames, the trajectories have {frames}. "
                    + "Raise data.frames, or lower its warm, horizon or cycles.";
    }

    private static bool TrainsReduction(TrainingOptions options) => options.ReductionOf is null &&
        BandLimitedArchitecture.WithoutLimit(options.Reduction) is not (
            null or PrincipalComponentsArchitecture or AugmentedComponentsArchitecture or DiffusionMapsArchitecture
            or FullStateArchitecture or MultinomialArchitecture);

    private static bool TrainsPropagator(TrainingOptions options) => options.Propagator is not (
        ReservoirArchitecture or SindyArchitecture or CoarsePdeArchitecture { Regression: not PerceptronRegressionArchitecture });
}
