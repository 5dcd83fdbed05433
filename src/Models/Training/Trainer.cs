using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Domain.Systems;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>Trains a model by a recipe: deterministic by seed, resumable at any step, with a record of what was done.</summary>
public sealed class Trainer
{
    /// <summary>Where the training's record has least and largest value of each parameter, or null for what is not known.</summary>
    public const string ParametersKey = "parameters";

    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(30);

    private readonly ISystem system;
    private readonly TrainingOptions options;
    private readonly ulong seed;
    private readonly ComputeDevice device;
    private readonly GivenTrajectories? given;
    private readonly string identity, study;
    private readonly IReadOnlyDictionary<string, ParameterValues> parameters;
    private readonly ReductionArchitecture reductionShape;
    private readonly IReadOnlyDictionary<string, (long[] Shape, float[] Values)>? borrowed;
    private readonly ImmutableArray<UsedMembers>? borrowedMembers = [];
    private readonly TrainingInputs? inputs;

    /// <summary>Prepares a training.</summary>
    /// <param name="study">Name of the study.</param>
    /// <param name="variant">Name of the recipe.</param>
    /// <param name="system">The system whose solver makes the data.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="seed">Seed of weights, data and batches.</param>
    /// <param name="reductionModel">Directory of the model that <see cref="TrainingOptions.ReductionOf"/> names.</param>
    /// <param name="device">Where networks are trained; null for the processor.</param>
    /// <param name="given">Trajectories to train on, the last of them to validate on, as many as the recipe's members say; null to simulate them.</param>
    /// <exception cref="InvalidDataException">The recipe does not fit the system, or the model whose reduction is taken over cannot be loaded.</exception>
    public Trainer(
        string study, string variant, ISystem system, TrainingOptions options, ulong seed, string? reductionModel = null,
        ComputeDevice? device = null, GivenTrajectories? given = null)
    {
        (this.device, this.given) = (device ?? ComputeDevice.Processor, given);
        identity = $"study {study}, variant {variant}, seed {seed}, recipe {JsonSerializer.Serialize(options)}";
        if (given is not null)
            identity += $", data {given.Identity}";
        if (reductionModel is not null)
        {
            (borrowed, var manifest) = ModelFile.LoadReduction(reductionModel);
            borrowedMembers = manifest.RandomMembers;
            options = options with { Reduction = manifest.Reduction, ChannelMinimum = manifest.ChannelMinimum, ChannelMaximum = manifest.ChannelMaximum };
            identity += $", reduction of the weights {manifest.WeightsSha256}";
        }
        (this.study, this.system, this.options, this.seed) = (study, system, options, seed);
        reductionShape = options.Reduction ?? throw new ArgumentException("The recipe has no reduction.", nameof(options));
        parameters = Parameters(variant);
        if (reductionShape.Misfit(system.Solver.Layout.Points, system.Solver.Layout.Periodic) is { } misfit)
            throw new InvalidDataException($"The recipe '{variant}' does not fit study '{study}': {misfit}.");
        if (this.options.Propagator is CoarsePdeArchitecture pde && CoarsePdeMisfit(pde) is { } wrong)
            throw new InvalidDataException($"The recipe '{variant}' does not fit study '{study}': {wrong}");
        if (this.options.Propagator is ConditionedArchitecture conditioned)
        {
            inputs = TrainingInputs.Of(conditioned, system.Parameters, name => Values(name, validation: false), name => Values(name, validation: true));
            this.options = this.options with { Propagator = inputs.Shape };
        }
    }

    /// <summary>Members of the random family that the training uses, with those of a reduction taken over; null when the latter are not known.</summary>
    public ImmutableArray<UsedMembers>? RandomMembers => borrowedMembers is { } earlier ? UsedMembers.Union(earlier, Own()) : null;

    private IReadOnlyDictionary<string, ParameterValues> Parameters(string variant)
    {
        var values = new Dictionary<string, ParameterValues>();
        foreach (var (name, text) in options.Data.Parameters ?? new Dictionary<string, string>())
        {
            var parameter = system.Parameters.FirstOrDefault(p => p.Name == name) ?? throw new InvalidDataException(
                $"The recipe '{variant}' names the parameter '{name}', which the system '{system.Name}' does not have; "
                + $"it has {(system.Parameters.Length == 0 ? "none" : string.Join(", ", system.Parameters.Select(p => p.Name)))}.");
            values[name] = ParameterValues.Parse(text) is { } given && Within(given.From) && Within(given.To) ? given
                : throw new InvalidDataException(FormattableString.Invariant(
                $"The recipe '{variant}' has {name} = '{text}'; give a number or a range FROM..TO within {parameter.Minimum:R}..{parameter.Maximum:R}."));
            foreach (var count in (int[])[Count(validation: false), Count(validation: true)])
                if (parameter.IsWhole && values[name].Fraction(count) is { } fraction)
                    throw new InvalidDataException($"The recipe '{variant}' has {name} = '{text}'; {name} {fraction}; give whole numbers.");

            bool Within(double value) => value >= parameter.Minimum && value <= parameter.Maximum;
        }
        return values;
    }

    private string? CoarsePdeMisfit(CoarsePdeArchitecture pde)
    {
        var layout = system.Solver.Layout;
        return reductionShape is not FullStateArchitecture
            ? $"a coarse PDE advances the fields themselves, but its reduction is {reductionShape.Summary}. Set reduction.kind to none."
            : layout.Axes is not [{ Periodic: false, Points: >= 3 }] ? "a coarse PDE needs fields on a line with walls, of 3 points or more."
            : layout.Channels.Length != pde.Fields.Length ? $"its coarse PDE has the fields {string.Join(", ", pde.Fields)}, "
                + $"but the channels are {string.Join(", ", layout.Channels.Select(c => c.Name))}."
            : options.Fit.RateStep is not null && given is not null ? "fit.rateStep is set, but given trajectories have their frames alone. Leave it out."
            : null;
    }

    private ulong ValidationSeed => seed + 1;

    /// <summary>A parameter of each trajectory; null when it is not known.</summary>
    private double[]? Values(string name, bool validation)
    {
        var data = options.Data;
        if (given is not null)
            return !given.Parameters.TryGetValue(name, out var values) ? null
                : [.. validation ? values[data.Members..(data.Members + data.ValidationMembers)] : values[..data.Members]];
        var count = Count(validation);
        var table = new ParameterTable(system.Parameters, validation ? ValidationSeed : seed, count, parameters);
        var index = system.Parameters.Select(p => p.Name).ToList().IndexOf(name);
        return index < 0 ? null : [.. Enumerable.Range(0, count).Select(m => table.Value(index, m))];
    }

    /// <summary>Trajectories to train on or to validate on, when none are given.</summary>
    private int Count(bool validation) =>
        (validation ? options.Data.ValidationReferences : options.Data.References).Length is > 0 and var references ? references
        : validation ? options.Data.ValidationMembers : options.Data.Members;

    /// <summary>Least and largest value of each parameter in the training's trajectories; null for what is not known.</summary>
    private JsonObject ParameterRanges() => new(system.Parameters.Select(p => KeyValuePair.Create(
        p.Name, Values(p.Name, validation: false) is { } values ? new JsonArray(values.Min(), values.Max()) : (JsonNode?)null)));

    private IEnumerable<UsedMembers> Own()
    {
        var data = options.Data;
        if (given is not null)
            yield break;
        if (data.References.IsEmpty && data.Members > 0)
            yield return new UsedMembers(seed, data.Members, DataUse.Training);
        if (data.ValidationReferences.IsEmpty && data.ValidationMembers > 0)
            yield return new UsedMembers(ValidationSeed, data.ValidationMembers, DataUse.Validation);
    }

    /// <summary>Trains to the end, or goes on from the checkpoint file if there is one.</summary>
    /// <param name="checkpoint">File that keeps the training's state; deleted at the end.</param>
    /// <param name="directory">Where the model is written.</param>
    /// <param name="record">What else the manifest should tell, for example the command.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancel">Stops after the current step; the checkpoint stays.</param>
    /// <returns>The model's manifest, or null when cancelled.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or belongs to another training.</exception>
    /// <exception cref="DllNotFoundException">The recipe has networks, and libtorch is missing.</exception>
    public ModelManifest? Train(
        string checkpoint, string directory, JsonObject record, Action<TrainingProgress> progress, CancellationToken cancel)
    {
        var scaling = new FieldScaling(options.ChannelMinimum, options.ChannelMaximum);
        var data = options.Data;
        var training = given is not null ? TrainingSet.Of(given, 0, data.Members, scaling)
            : TrainingSet.Simulate(system, data.References, data.Members, seed, parameters, data.Frames, scaling);
        var validation = given is not null ? TrainingSet.Of(given, data.Members, data.ValidationMembers, scaling)
            : TrainingSet.Simulate(system, data.ValidationReferences, data.ValidationMembers, ValidationSeed, parameters, data.Frames, scaling);

        record = record.DeepClone().AsObject();
        var libtorch = RecipeCheck.NeedsNetworks(options) ? device.Open() : null;
        record[MachineRecord.Key] = MachineRecord.Here(device, libtorch).Json;
        if (libtorch is not null)
            manual_seed((long)seed).Dispose();
        using var reduction = borrowed is null ? ReductionTraining.Of(options, training, validation, seed, device)
            : new FittedReduction(reductionShape, options, training, validation, () => borrowed);
        var latents = new PropagatorData(reduction, training, validation, reductionShape.LatentSize, data.Skip,
            scaled: options is not ({ Rounds.EndToEnd: true } or { Variational: not null }), options.Propagator.Standardised,
            options.CommonLatentScale, PropagatorTraining.Type(options), options.Propagator.Smoothing, inputs);
        using var propagator = options.Propagator is CoarsePdeArchitecture pde ? CoarsePde(pde, latents, training, validation, scaling)
            : PropagatorTraining.Of(options, latents, (training.Trajectories.Length, training.Frames),
                reductionShape is MultinomialArchitecture counted ? Values(counted.Trials, validation: false) : null, reductionShape.LatentSize, seed, device);
        var stages = Stages(reduction, propagator, latents, training, validation);

        try
        {
            return Run(stages, reduction, propagator, latents, checkpoint, directory, record, progress, cancel);
        }
        finally
        {
            foreach (var stage in stages.OfType<IDisposable>())
                stage.Dispose();
        }
    }

    private CoarsePdeTraining CoarsePde(CoarsePdeArchitecture pde, PropagatorData latents, TrainingSet training, TrainingSet validation, FieldScaling scaling)
    {
        var (layout, data) = (system.Solver.Layout, options.Data);
        pde = pde with { Spacing = layout.Axes[0].Spacing, TimeStep = layout.TimeStep, Minimum = options.ChannelMinimum, Maximum = options.ChannelMaximum };
        return new(pde, options.Fit, latents, () => Rates(false), () => Rates(true), data.Skip, seed, () => device.Torch);

        FieldRates Rates(bool validating) => options.Fit.RateStep is not { } step
            ? FieldRates.OfFrames(validating ? validation : training, scaling, layout.TimeStep)
            : FieldRates.OfSolver(
                system, validating ? data.ValidationReferences : data.References, validating ? data.ValidationMembers : data.Members,
                validating ? ValidationSeed : seed, parameters, data.Frames, step);
    }

    private ModelManifest? Run(
        List<ITrainingStage> stages, ReductionTraining reduction, PropagatorTraining propagator, PropagatorData latents,
        string checkpoint, string directory, JsonObject record, Action<TrainingProgress> progress, CancellationToken cancel)
    {
        WeightTensors[] weights = [.. ((WeightTensors?[])[reduction.Weights, propagator.Weights]).OfType<WeightTensors>()];
        var start = new TrainingCheckpoint(identity, 0, 0, 0, new Dictionary<string, double>(), [], []);
        if (File.Exists(checkpoint))
        {
            start = TrainingCheckpoint.Load(checkpoint, identity);
            for (var i = 0; i < weights.Length; i++)
                weights[i].Values = start.Weights[i];
        }
        var figures = start.Figures.ToDictionary();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        double Seconds() => start.Seconds + (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        void Save(int stage, int step, double[] state) =>
            new TrainingCheckpoint(identity, stage, step, Seconds(), figures, [.. weights.Select(w => w.Values)], state).Save(checkpoint);

        for (var s = start.Stage; s < stages.Count; s++)
        {
            var stage = stages[s];
            var resumed = s == start.Stage && start.Step > 0;
            if (resumed)
                stage.Restore(start.State);
            else
                stage.Begin();
            var watch = Stopwatch.StartNew();
            for (var step = resumed ? start.Step : 0; step < stage.Steps;)
            {
                var (loss, goesOn) = Step(stage, step++);
                progress(new TrainingProgress(stage.Name, s, stages.Count, step, stage.Steps, loss, Seconds()));
                if (cancel.IsCancellationRequested || watch.Elapsed > CheckpointInterval)
                {
                    Save(s, step, stage.Save());
                    watch.Restart();
                }
                if (cancel.IsCancellationRequested)
                    return null;
                if (!goesOn)
                    break;
            }
            if (weights.Any(w => w.Values.Any(value => !float.IsFinite((float)value))))
                throw Diverged(stage, stage.Steps, "weights are not finite");
            foreach (var (name, value) in stage.End())
                figures[name] = value;
            if (s + 1 < stages.Count) // the last one's state is in use until the model is written
                Save(s + 1, 0, []);
        }
        var manifest = Write(directory, record, reduction, propagator, latents, figures, Seconds());
        File.Delete(checkpoint);
        return manifest;
    }

    /// <summary>A step of a stage.</summary>
    /// <exception cref="InvalidDataException">The training has diverged.</exception>
    private static (double Loss, bool GoesOn) Step(ITrainingStage stage, int index)
    {
        try
        {
            var result = stage.Run(index);
            return double.IsFinite(result.Loss) ? result : throw Diverged(stage, index + 1, $"the loss is {result.Loss}");
        }
        // of libtorch, whose numbers have left float32
        catch (ExternalException error) when (error.Message.Contains("without overflow", StringComparison.Ordinal))
        {
            throw Diverged(stage, index + 1, "a number is beyond float32");
        }
    }

    private static InvalidDataException Diverged(ITrainingStage stage, int step, string how) => new(
        $"The training diverged in stage '{stage.Name}', step {step}: {how}. "
        + "Lower the learning rate, shorten autonomous runs (propagatorHorizon, horizon), or change the seed.");

    private List<ITrainingStage> Stages(
        ReductionTraining reduction, PropagatorTraining propagator, PropagatorData latents, TrainingSet training, TrainingSet validation) =>
        options.Sequential?.EndToEnd is { } joint && (reduction, propagator) is (NetworkReduction own, NetworkPropagator latent)
            ? [.. reduction.Stages(), .. propagator.Stages(), new JointStage(own.Network, latent.Network, training, latents, joint, options.Data.Skip, seed)]
        : options.Rounds is not { EndToEnd: true } rounds ? [.. reduction.Stages(), .. propagator.Stages()]
        : (reduction, propagator) is (NetworkReduction { Network: var autoencoder }, NetworkPropagator { Network: var network })
            ? [new RoundStage(new EndToEndObjective(autoencoder, network, training, validation, rounds, seed), rounds, rounds.Patience)]
            : throw new InvalidDataException(
                $"The recipe is end to end, but its {(reduction is NetworkReduction ? options.Propagator.Summary : reductionShape.Summary)} is "
                + "not trained by gradients. Set endToEnd to false.");

    private ModelManifest Write(
        string directory, JsonObject record, ReductionTraining reduction, PropagatorTraining propagator, PropagatorData latents,
        Dictionary<string, double> figures, double seconds)
    {
        record["seed"] = seed;
        if (system.Parameters.Length > 0)
            record[ParametersKey] = ParameterRanges();
        record["recipe"] = JsonSerializer.SerializeToNode(options, new JsonSerializerOptions(JsonSerializerDefaults.Web));
        record["figures"] = new JsonObject(figures.Select(f => KeyValuePair.Create(f.Key, double.IsFinite(f.Value) ? (JsonNode?)f.Value : null)));
        record["cpuSeconds"] = Math.Round(seconds, 1);
        var manifest = new ModelManifest
        {
            Study = study,
            Points = system.Solver.Layout.Points,
            Reduction = reduction.Trained ?? reductionShape,
            Propagator = propagator.Trained ?? options.Propagator,
            ChannelMinimum = options.ChannelMinimum,
            ChannelMaximum = options.ChannelMaximum,
            LatentLow = [.. latents.Scaling.Low],
            LatentHigh = [.. latents.Scaling.High],
            LatentMinimum = [.. latents.Range.Minimum],
            LatentMaximum = [.. latents.Range.Maximum],
            WeightsSha256 = "",
            Training = record,
            RandomMembers = RandomMembers,
        };
        var latent = propagator.Arrays().ToImmutableDictionary();
        ModelFile.Save(
            directory, manifest, latent.AddRange(reduction.Arrays()),
            new HashSet<string>([
                .. options.HalfPrecision ? latent.Keys : [],
                .. options.Fit.HalfPrecision ? [PrincipalComponentsFit.ComponentsName] : (string[])[]]));
        return ModelFile.Manifest(directory);
    }
}

/// <summary>How far a training has come.</summary>
/// <param name="Stage">What is being trained.</param>
/// <param name="StageIndex">Index of the stage.</param>
/// <param name="Stages">Number of stages.</param>
/// <param name="Step">Steps done in the stage.</param>
/// <param name="Steps">Steps of the stage at most.</param>
/// <param name="Loss">Latest loss.</param>
/// <param name="Seconds">CPU seconds so far.</param>
public readonly record struct TrainingProgress(string Stage, int StageIndex, int Stages, int Step, int Steps, double Loss, double Seconds);
