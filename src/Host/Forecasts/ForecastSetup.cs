using LedCluster.Actors;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Npy;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Studies;
using LedCluster.Models.Checkpoints;
using LedCluster.Models.Devices;
using LedCluster.Models.Inference;
using LedCluster.Models.Reductions.Mixtures;
using LedCluster.Solvers.External;
using LedCluster.Storage.Files;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Npy;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Forecasts;

/// <summary>Everything a run needs, found again from its directory alone.</summary>
internal sealed record ForecastSetup(
    Study Study, RunDirectory Directory, EffectiveModel Model, ModelManifest Manifest, InitialConditions InitialConditions)
{
    /// <summary>The user's initial conditions within a run directory.</summary>
    public const string ArrayName = "initial_conditions.npy";

    /// <summary>Parameters within a run directory that each member has of its own, as the user gave them.</summary>
    public const string ParametersName = "parameters.csv";

    /// <summary>The copy of the model within a run directory.</summary>
    public const string ModelName = "model";

    /// <summary>What the run computes.</summary>
    public RunSpec Spec => Directory.Spec;

    /// <summary>Layout of the fields.</summary>
    public FieldLayout Layout => Study.PhysicalSystem.Solver.Layout;

    /// <summary>The run's micro solver.</summary>
    public IMicroSolver Solver => Study.SolverAt(Spec.InnerTimeStep);

    /// <summary>Decodes kept latents as the workers do.</summary>
    public MemberDecoder Decoder => new(Model.Reduction, InitialConditions.Parameters) { Diagnostics = Diagnostics.All(Study.PhysicalSystem, Model) };

    /// <summary>Timetable in frames.</summary>
    public LedSchedule Schedule => Spec.Schedule(Layout);

    /// <summary>The model of latent legs, where it is not <see cref="Model"/>.</summary>
    public EffectiveModel? LatentModel { get; init; }

    /// <summary>The workers of the run.</summary>
    public RunWorkers Workers(IWorkClock clock) => Workers(Study, Spec, Model, LatentModel ?? Model, clock);

    /// <summary>The run with its latent legs on a device, as its spec says.</summary>
    /// <param name="asked">The device that was asked for; null for the first that the run can use.</param>
    /// <param name="note">Told what happens on the device.</param>
    /// <exception cref="UserError">The run's latents are not computed so.</exception>
    public ForecastSetup On(ComputeDevice? asked, Action<string> note) =>
        this with { LatentModel = LatentPlace.Model(Spec, Model, Path.Combine(Directory.Path, ModelName), asked, note) };

    /// <summary>The workers of a run.</summary>
    public static RunWorkers Workers(Study study, RunSpec spec, EffectiveModel model, EffectiveModel latentModel, IWorkClock clock)
    {
        var solver = study.SolverAt(spec.InnerTimeStep);
        var plan = LedCycle.Plan(spec.Schedule(solver.Layout));
        var diagnostics = Diagnostics.Of(study.PhysicalSystem, model);
        var schedules = ParameterInput.Schedules(study.PhysicalSystem, spec);
        var keepFields = spec.Save == SaveRule.Fields;
        return new RunWorkers(
            new MicroWorker(solver, model, plan, spec.Lift, keepFields, clock, spec.Seed, diagnostics, schedules, spec.Precision),
            new LatentWorker(latentModel, plan, solver.Layout.Size, clock, keepFields, spec.Seed, diagnostics, schedules, spec.Precision));
    }

    /// <summary>Makes a run directory, or opens the one there when it is the same run.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="spec">What the run computes.</param>
    /// <param name="study">Its study.</param>
    /// <param name="modelDirectory">Directory of its model.</param>
    /// <param name="conditions">Its initial conditions.</param>
    /// <param name="agree">Told the bytes of the complete output before anything is written; may throw.</param>
    /// <param name="ignoreSpace">Whether to start even if the disk tells that the output does not fit.</param>
    /// <param name="isHere">Whether whoever asks chose the directory, rather than a service.</param>
    /// <param name="latents">The model of latent legs, made of the run's model before anything is written; may throw. Null for the run's model itself.</param>
    /// <exception cref="UserError">The directory belongs to another run, or the output does not fit the disk.</exception>
    public static ForecastSetup Create(
        string path, RunSpec spec, Study study, string modelDirectory, InitialConditions conditions, Action<long>? agree = null, bool ignoreSpace = false,
        bool isHere = true, Func<EffectiveModel, EffectiveModel>? latents = null)
    {
        var (model, manifest) = LoadModel(study, modelDirectory);
        var layout = study.PhysicalSystem.Solver.Layout;
        if (LedCycle.Plan(spec.Schedule(layout)) is var plan && plan.Any(leg => leg.Phase == Phase.Macro) && plan[0].Frames < model.Propagator.FramesRead)
        {
            var least = FormattableString.Invariant($"{layout.TimeStep * (model.Propagator.FramesRead - 1)}");
            throw new UserError($"The model in '{modelDirectory}' reads {model.Propagator.FramesRead} frames for a prediction, but the warm-up has "
                + $"{plan[0].Frames}. Give --t-warm {least} or more.");
        }
        var (latentSize, diagnostics) = (model.Reduction.LatentSize, Diagnostics.All(study.PhysicalSystem, model).Length);
        if (!ignoreSpace && RunSpace.Fault(spec, layout, latentSize, diagnostics, path, RunSpace.Free(path), isHere) is { } fault)
            throw new UserError(fault);
        agree?.Invoke(RunSpace.Needed(spec, layout, latentSize, diagnostics));
        var latentModel = latents?.Invoke(model);
        var directory = UserError.OnBadData(() => RunDirectory.Create(path, spec));
        if (!System.IO.Directory.Exists(directory.OutputPath) && UserError.OnBadData(() => Provenance.Read(path)) is null)
            ProgramVersion.Begun(spec, DateTimeOffset.UtcNow).Write(path);
        if (conditions.Array is { } array && Path.Combine(path, ArrayName) is var file && !File.Exists(file))
        {
            using var writer = NpyWriter.Create(file, [conditions.Members, layout.Channels.Length, layout.Points], NpyType.Float64);
            writer.Append(array);
            writer.Complete();
        }
        ParameterInput.Keep(conditions.Parameters, conditions.Members, Path.Combine(path, ParametersName));
        CopyModel(modelDirectory, Path.Combine(path, ModelName));
        ExternalStudy.Copy(study, path);
        return new ForecastSetup(study, directory, model, manifest, conditions) { LatentModel = latentModel };
    }

    /// <summary>Opens a run directory.</summary>
    /// <exception cref="UserError">It is not one, or the study or the model it was made with has changed.</exception>
    public static ForecastSetup Open(string path)
    {
        var directory = UserError.OnBadData(() => RunDirectory.Open(path));
        var spec = directory.Spec;
        var study = StudyOf(directory);
        if (spec.Version != ProgramVersion.Text)
            throw new UserError($"'{path}' was computed by version {spec.Version}, but this is {ProgramVersion.Text}; the bits may differ. Use that version.");
        var (model, manifest) = LoadModel(study, Path.Combine(path, ModelName));
        if (manifest.Identity != spec.ModelHash)
            throw new UserError($"'{path}' was computed with the model {spec.ModelHash}, but its model/ has {manifest.Identity}. Restore it from a copy.");
        if (InputFile.RegularFault(Path.Combine(path, ArrayName)) is { } fault && File.Exists(Path.Combine(path, ArrayName)))
            throw new UserError($"'{Path.Combine(path, ArrayName)}' {fault}.");
        var system = study.PhysicalSystem;
        var parameters = ParameterInput.Restore(system, spec.Parameters, spec.Seed, spec.Members, Path.Combine(path, ParametersName));
        var conditions = spec.InitialConditions == InitialConditions.RandomFamily
            ? InitialConditions.Random(system, spec.Members, parameters)
            : InitialConditions.FromFile(system, Path.Combine(path, ArrayName), null, spec.Seed).With(parameters);
        return conditions.Identity == spec.InitialConditions && conditions.Members == spec.Members
            ? new ForecastSetup(study, directory, model, manifest, conditions)
            : throw new UserError($"'{Path.Combine(path, ArrayName)}' is not the array with which the run was started ({spec.InitialConditions}). "
                + "Restore it from a copy.");
    }

    /// <summary>The study of a run.</summary>
    /// <exception cref="UserError">It is unknown, or the spec is not one that the study can run.</exception>
    public static Study StudyOf(RunDirectory directory)
    {
        var study = ExternalStudy.Of(directory.Path, directory.Spec.Solver) ?? StudyCatalog.Find(directory.Spec.Study);
        return directory.Spec.Faults(study.PhysicalSystem.Solver.Layout) is { Count: > 0 } faults
            ? throw new UserError(string.Join("\n", faults.Prepend(
                $"'{directory.SpecPath}' cannot be used. Restore it from a copy, or start the run again in another directory:")))
            : study;
    }

    /// <summary>Loads a model and checks that it fits the study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="directory">Directory of the model.</param>
    /// <param name="other">Another propagator that the same weights can make; null for the manifest's own.</param>
    /// <exception cref="UserError">It is missing, damaged, or of another study.</exception>
    public static (EffectiveModel Model, ModelManifest Manifest) LoadModel(
        Study study, string directory, Func<PropagatorArchitecture, PropagatorArchitecture>? other = null)
    {
        try
        {
            var (model, manifest) = ModelFile.Load(directory, other);
            var layout = study.PhysicalSystem.Solver.Layout;
            if (manifest.Reduction.Misfit(layout.Points, layout.Periodic) is { } misfit)
                throw new UserError($"The model in '{directory}' does not fit study '{study.Name}': {misfit}. "
                    + "Train a model for this study, or give another one with --model.");
            if (model.Propagator is ConditionedPropagator conditioned)
                model = model with { Propagator = conditioned.For(study.PhysicalSystem.Parameters) };
            if (model.Reduction is MultinomialReduction multinomial)
                model = model with { Reduction = multinomial.For(study.PhysicalSystem.Parameters) };
            if (model.Reduction is ExchangeableReduction any && layout.Exchangeable) // of any number of points
                (model, manifest) = (model with { Reduction = any.For(layout.Points) }, manifest with { Points = layout.Points });
            return manifest.FieldSize == layout.Size && manifest.Points == layout.Points ? (model, manifest) : throw new UserError(
                $"The model in '{directory}' takes fields of {manifest.ChannelMinimum.Length} x {manifest.Points} numbers, but study '{study.Name}' has "
                + $"{layout.Channels.Length} x {layout.Points}. Give a model of this study with --model.");
        }
        catch (ArgumentException error)
        {
            throw new UserError($"The model in '{directory}' does not fit study '{study.Name}': {error.Message}");
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException or SimulatorException)
        {
            throw new UserError(error.Message);
        }
    }

    private static void CopyModel(string from, string to)
    {
        if (File.Exists(Path.Combine(to, ModelFile.ManifestName)))
            return;
        System.IO.Directory.CreateDirectory(to);
        foreach (var name in (string[])[ModelFile.WeightsName, ModelFile.ManifestName]) // the manifest last: with it the copy is whole
            File.Copy(Path.Combine(from, name), Path.Combine(to, name), overwrite: true);
    }
}
