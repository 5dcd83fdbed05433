using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Host.Forecasts;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Host.Reproduction;

/// <summary>One published figure: what to run, and what to show beside it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ReconstructionFigure), "reconstruction")]
[JsonDerivedType(typeof(PropagatorFigure), "propagators")]
[JsonDerivedType(typeof(MultiscaleFigure), "multiscale")]
[JsonDerivedType(typeof(CostFigure), "cost")]
[JsonDerivedType(typeof(LatentSpectrumFigure), "latent-spectra")]
[JsonDerivedType(typeof(OscillatorFigure), "oscillator")]
[JsonDerivedType(typeof(CellGridFigure), "cell-grid")]
[JsonDerivedType(typeof(HierarchicalFigure), "hierarchical")]
[JsonDerivedType(typeof(LatentSizeFigure), "hierarchical-sizes")]
[JsonDerivedType(typeof(AdaptiveFigure), "adaptive")]
[JsonDerivedType(typeof(StateSpaceFigure), "state-space")]
[JsonDerivedType(typeof(EquationFreeFigure), "equation-free")]
[JsonDerivedType(typeof(ParticleLawsFigure), "particle-laws")]
[JsonDerivedType(typeof(ParticleModelsFigure), "particle-models")]
[JsonDerivedType(typeof(MetastableFigure), "metastable")]
[JsonDerivedType(typeof(CylinderFigure), "cylinder-flow")]
[JsonDerivedType(typeof(CylinderReynoldsFigure), "cylinder-reynolds")]
[JsonDerivedType(typeof(CylinderStartFigure), "cylinder-start")]
[JsonDerivedType(typeof(CylinderModelsFigure), "cylinder-models")]
internal abstract record FigurePlan
{
    /// <summary>Seed of the random family; no training uses it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Initial conditions of each test.</summary>
    public required int Members { get; init; }

    /// <summary>Further figures of the paper that this one shows.</summary>
    public string[] Also { get; init; } = [];

    /// <summary>Number of cases to run.</summary>
    [JsonIgnore]
    public abstract int Cases { get; }

    /// <summary>Refuses to test models on members that their training used.</summary>
    /// <param name="name">The figure's name.</param>
    /// <param name="run">Where the study is.</param>
    /// <returns>Models of which it is not known what their training used.</returns>
    /// <exception cref="UserError">A training used the figure's seed.</exception>
    public IEnumerable<string> CheckSeed(string name, ReproductionRun run)
    {
        foreach (var (model, used) in Tested(run))
        {
            var check = new SeedCheck(Seed, Members, used);
            if (check.Fault is { } fault)
            {
                throw new UserError($"Figure {name} does not test '{model}': {fault} Give the figure another seed in the reproduce.json of study "
                    + $"'{run.Study.Name}', or choose another model.");
            }
            if (used is null)
                yield return model;
        }
    }

    /// <summary>The models that are tested on the figure's members, with what their trainings used.</summary>
    protected abstract IEnumerable<(string Model, ImmutableArray<UsedMembers>? Used)> Tested(ReproductionRun run);

    /// <summary>Models of the study, by name, with what their trainings used.</summary>
    protected static IEnumerable<(string, ImmutableArray<UsedMembers>?)> Named(ReproductionRun run, IEnumerable<string> models) =>
        models.Select(model => (model, ForecastSetup.LoadModel(run.Study, run.Study.FindModel(model)).Manifest.RandomMembers));

    /// <summary>The model for figures that name none, with what its training used.</summary>
    protected static (string, ImmutableArray<UsedMembers>?) Default(ReproductionRun run) =>
        (run.DefaultModel, ForecastSetup.LoadModel(run.Study, run.DefaultModel).Manifest.RandomMembers);

    /// <summary>Runs the cases.</summary>
    public abstract FigureResult Run(ReproductionRun run);

    /// <summary>True trajectories from the random family, [member][frames, C·X].</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="first">First frame of each that is kept.</param>
    /// <param name="frames">Number of frames.</param>
    protected double[][] Simulate(ReproductionRun run, int first, int frames) =>
        Simulate(run, first, frames, InitialConditions.Random(run.Study, Seed, Members));

    /// <summary>True trajectories of given members, [member][frames, C·X].</summary>
    /// <param name="run">Where the study is.</param>
    /// <param name="first">First frame of each that is kept.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="conditions">The members.</param>
    protected double[][] Simulate(ReproductionRun run, int first, int frames, InitialConditions conditions)
    {
        var system = run.Study.PhysicalSystem;
        var size = system.Solver.Layout.Size;
        var members = conditions.Members;
        var trajectories = Enumerable.Range(0, members).Select(_ => new double[frames * size]).ToArray();
        var all = Enumerable.Range(0, members).ToArray();
        MicroSimulation.Run(system.Solver, conditions.Fields(all), first + frames - 1, conditions.Parameters.Context(all), (start, piece) =>
        {
            for (var f = 0; f < piece.Length / size / members; f++)
                if (start + f - first is >= 0 and var at)
                    for (var m = 0; m < members; m++)
                        Array.Copy(piece, (f * members + m) * size, trajectories[m], at * size, size);
        });
        return trajectories;
    }
}

/// <summary>A published number.</summary>
/// <param name="Case">The case it belongs to: a model's name, <c>latent</c>, or T_m.</param>
/// <param name="Paper">What the paper reports, if it does.</param>
/// <param name="Reference">What the reference implementation gives, measured by us.</param>
internal sealed record PublishedFigure(string Case, double? Paper = null, double? Reference = null);
