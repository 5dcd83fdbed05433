using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.CoarsePde;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// A partial differential equation whose right-hand side was learned (<see cref="CoarsePdePropagator"/>); latents are the scaled fields. Arrays
/// begin with the name of the field and a dot: those of <see cref="Regression"/>, and with diffusion coordinates <c>diffusion.scale</c> [F] and
/// <c>diffusion.samples</c>, <c>.weights</c>, <c>.coordinates</c>, <c>.eigenvalues</c>, <c>.width</c> as <see cref="DiffusionMapsArchitecture"/> has them.
/// </summary>
public sealed record CoarsePdeArchitecture : PropagatorArchitecture
{
    /// <summary>Names of the fields, in the order of the channels.</summary>
    public required ImmutableArray<string> Fields { get; init; }

    /// <summary>
    /// Names of the features that the rate of each field depends on, of <c>u</c>, <c>u_x</c>, <c>u_xx</c> for each field <c>u</c>; all of them if not given.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<ImmutableArray<string>> Features { get; init; }

    /// <summary>Diffusion-map coordinates of the features that the regression gets instead of them; 0 for the features themselves.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DiffusionCoordinates { get; init; }

    /// <summary>Samples of the diffusion maps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DiffusionSamples { get; init; }

    /// <summary>Width of their kernel, in medians of the distances between samples.</summary>
    public double DiffusionScale { get; init; } = 1;

    /// <summary>How a rate is computed of them.</summary>
    public required PointRegressionArchitecture Regression { get; init; }

    /// <summary>Steps of the integration per frame.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Diffusion that the integration treats implicitly, for each field; near its true one it keeps large steps stable.</summary>
    public required ImmutableArray<double> ImplicitDiffusion { get; init; }

    /// <summary>
    /// Whether the left wall is half-way, half a spacing before the first point, w_{−1} = w_0, rather than zero-flux at that point, w_{−1}
    /// = w_1. Near that is what a lattice-Boltzmann solver does whose populations that leave the wall are those that were there.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HalfPointLeft { get; init; }

    /// <summary>A member is stopped when a field's magnitude exceeds this.</summary>
    public double Limit { get; init; } = 5;

    /// <summary>Distance of the points; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Spacing { get; init; }

    /// <summary>Time of a frame; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double TimeStep { get; init; }

    /// <summary>Value of each field whose latent is 0; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<double> Minimum { get; init; }

    /// <summary>Value of each field whose latent is 1; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<double> Maximum { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"coarse PDE, {Regression?.Summary} of "
        + (DiffusionCoordinates > 0 ? $"{DiffusionCoordinates} diffusion coordinates"
            : Features.IsDefault ? "all features"
            : string.Join(" | ", Features.Select(f => string.Join(", ", f))));

    /// <summary>The features of all fields.</summary>
    internal PointFeatures PointFeatures => new(Fields, Spacing, HalfPointLeft);

    /// <summary>The features of each field's rate, as positions in <see cref="PointFeatures.Names"/>.</summary>
    internal ImmutableArray<ImmutableArray<int>> Chosen => Features.IsDefault
        ? [.. Fields.Select(_ => Enumerable.Range(0, PointFeatures.Names.Length).ToImmutableArray())]
        : [.. Features.Select(names => names.Select(name => PointFeatures.Names.IndexOf(name)).ToImmutableArray())];

    /// <summary>Inputs of each field's regression.</summary>
    internal ImmutableArray<int> Inputs => [.. Chosen.Select(own => DiffusionCoordinates > 0 ? DiffusionCoordinates : own.Length)];

    /// <summary>Shape of the diffusion maps.</summary>
    internal DiffusionMapsArchitecture Diffusion =>
        new() { LatentSize = DiffusionCoordinates, Samples = DiffusionSamples, KernelScale = DiffusionScale, Neighbours = 1 };

    /// <summary>Why it cannot be used, as a clause; null when it can.</summary>
    [JsonIgnore]
    public string? Fault =>
        Fields.IsDefaultOrEmpty || Fields.Any(string.IsNullOrWhiteSpace) || Fields.Distinct().Count() < Fields.Length
            ? "its fields must name the channels, each once"
        : Regression is null ? "it needs a regression"
        : !Features.IsDefault && (Features.Length != Fields.Length || Features.Any(own => own.IsDefaultOrEmpty || own.Distinct().Count() < own.Length))
            ? $"its features need a list of names for each of {string.Join(", ", Fields)}, each name once"
        : !Features.IsDefault && Features.SelectMany(own => own).FirstOrDefault(name => !PointFeatures.Names.Contains(name)) is { } unknown
            ? $"it names the feature '{unknown}'; there are {string.Join(", ", PointFeatures.Names)}"
        : ImplicitDiffusion.IsDefault || ImplicitDiffusion.Length != Fields.Length || ImplicitDiffusion.Any(d => !(d >= 0) || !double.IsFinite(d))
            ? $"its implicitDiffusion needs a number from 0 for each of {string.Join(", ", Fields)}"
        : Steps is < 1 or > 100_000 ? $"its steps per frame are {Steps}; give 1 to 100000"
        : !(Limit > 0) || !double.IsFinite(Limit) ? FormattableString.Invariant($"its limit is {Limit}; give a positive number")
        : DiffusionCoordinates < 0 || DiffusionCoordinates > 0 && Diffusion.Misfit(1, periodic: false) is not null
            ? Diffusion.Misfit(1, periodic: false) ?? $"its diffusionCoordinates are {DiffusionCoordinates}; give 0 for none"
        : Regression.Fault(Fields.Length);

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        if (Minimum.IsDefault || Maximum.IsDefault || Minimum.Length != Fields.Length || Maximum.Length != Fields.Length
            || Minimum.Zip(Maximum).Any(r => !(r.First < r.Second))
            || !(Spacing > 0) || !(TimeStep > 0) || scaling.Size % Fields.Length != 0 || scaling.Size / Fields.Length < 3)
            throw weights.Unusable(
                $"its learned equation needs spacing, timeStep, and a minimum and a larger maximum for each of {string.Join(", ", Fields)}, "
                + "on 3 points or more");
        var (chosen, inputs) = (Chosen, Inputs);
        return new CoarsePdePropagator(
            new FieldScaling(Minimum, Maximum), PointFeatures,
            [.. Fields.Select((_, c) => new CoarseEquation(chosen[c], Rate(c, chosen[c].Length, inputs[c], weights), ImplicitDiffusion[c]))],
            scaling.Size / Fields.Length, Spacing, TimeStep, Steps)
        { Limit = Limit };
    }

    /// <summary>The rate of a field.</summary>
    private PointRegression Rate(int field, int features, int inputs, WeightArrays weights)
    {
        var regression = Regression.Build($"{Fields[field]}.", inputs, weights);
        if (DiffusionCoordinates == 0)
            return regression;
        var name = $"{Fields[field]}.diffusion";
        return new DiffusionPoints(
            Maps(features, suffix => weights.Get($"{name}.{suffix.Name}", suffix.Shape)),
            [.. weights.Get($"{name}.scale", features).Select(s => (double)s)], regression);
    }

    /// <summary>The diffusion maps of scaled features.</summary>
    /// <param name="features">Number of features.</param>
    /// <param name="array">Gives an array of a shape by its name.</param>
    internal DiffusionMaps Maps(int features, Func<(string Name, long[] Shape), float[]> array) => new(
        new FieldScaling([0], [1]),
        new DiffusionKernel(array(("samples", [DiffusionSamples, features])), array(("weights", [DiffusionSamples])), array(("width", [1]))[0]),
        array(("coordinates", [DiffusionSamples, DiffusionCoordinates])), array(("eigenvalues", [DiffusionCoordinates])), neighbours: 1, overshoot: 0);
}
