using LedCluster.Models.Checkpoints;
using LedCluster.Models.Inference;
using LedCluster.Models.Networks;
using LedCluster.Models.Propagators.CoarsePde;
using static TorchSharp.torch;

namespace LedCluster.Models.Training;

/// <summary>
/// The right-hand side of a coarse PDE, by regression of rates of change on features at random frames and points: least squares, the likelihood of a
/// Gaussian process, or networks by L-BFGS.
/// </summary>
internal sealed class CoarsePdeTraining : PropagatorTraining
{
    /// <summary>Points on which regressions are validated.</summary>
    private const int ValidationSamples = 1000;

    private readonly CoarsePdeArchitecture shape;
    private readonly FitOptions options;
    private readonly PropagatorData latents;
    private readonly Lazy<RateSamples[]> validation;
    private readonly Lazy<FieldPart[]> parts;
    private readonly RateNetworks? networks;
    private readonly Lazy<Dictionary<string, (long[] Shape, float[] Values)>> fitted;
    private readonly Dictionary<string, double> figures = [];

    /// <summary>Prepares the training.</summary>
    /// <param name="shape">The architecture, with spacing, time step and ranges.</param>
    /// <param name="options">Options of the fit.</param>
    /// <param name="latents">Latents to validate on.</param>
    /// <param name="training">Rates to fit.</param>
    /// <param name="validating">Rates to validate on.</param>
    /// <param name="skip">Frames left out at the beginning of each trajectory.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <param name="device">Where networks are trained; called if there are any.</param>
    public CoarsePdeTraining(
        CoarsePdeArchitecture shape, FitOptions options, PropagatorData latents, Func<FieldRates> training, Func<FieldRates> validating, int skip,
        ulong seed, Func<Device> device)
    {
        if (shape.Fault is { } fault)
            throw new InvalidDataException($"The recipe's coarse PDE cannot be trained: {fault}.");
        (this.shape, this.options, this.latents) = (shape, options, latents);
        var count = shape.Regression is GaussianProcessArchitecture process ? process.Points : options.Samples;
        if (count < Math.Max(2, shape.DiffusionSamples))
            throw new InvalidDataException(
                $"The recipe's coarse PDE has {count} samples; give more than one, and no fewer than its diffusionSamples, "
                + $"{shape.DiffusionSamples}: raise fit.samples, or the points of its Gaussian process.");
        validation = new(() => RateSamples.Draw(validating(), shape.PointFeatures, shape.Chosen, ValidationSamples, skip, seed));
        parts = new(() => [.. RateSamples.Draw(training(), shape.PointFeatures, shape.Chosen, count, skip, seed).Select(Prepare)]);
        fitted = new(Fit);
        if (shape.Regression is PerceptronRegressionArchitecture perceptron)
            networks = new RateNetworks(shape, perceptron, device());
    }

    /// <inheritdoc />
    public override WeightTensors? Weights => networks?.Weights;

    /// <inheritdoc />
    public override PropagatorArchitecture Trained => shape;

    /// <inheritdoc />
    public override IEnumerable<ITrainingStage> Stages() => networks is null
        ? [new FitStage("propagator", Figures)]
        : [new RateStage(networks, Samples, options.Evaluations, Figures)];

    private (double[] Inputs, double[] Rates)[] Samples() =>
        [.. parts.Value.Select(part => (part.Inputs.Scaled(part.Inputs.Scale), part.Inputs.ScaledRates(part.Inputs.Unit)))];

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, (long[] Shape, float[] Values)>> Arrays() =>
        networks is null ? fitted.Value : fitted.Value.Concat(networks.Weights.Arrays());

    /// <inheritdoc />
    public override void Dispose() => networks?.Dispose();

    /// <summary>Diffusion coordinates of a field's samples, if the recipe wants them.</summary>
    private FieldPart Prepare(RateSamples samples)
    {
        if (shape.DiffusionCoordinates == 0)
            return new FieldPart(samples, new Dictionary<string, (long[] Shape, float[] Values)>());
        var scale = samples.Scale;
        var arrays = DiffusionMapsFit.Arrays(shape.Diffusion, [.. samples.First(shape.DiffusionSamples).Scaled(scale).Select(x => (float)x)])
            .ToDictionary(a => $"diffusion.{a.Key}", a => a.Value);
        var maps = shape.Maps(samples.Width, wanted => arrays[$"diffusion.{wanted.Name}"].Values);
        arrays["diffusion.scale"] = ([scale.Length], [.. scale.Select(s => (float)s)]);
        return new FieldPart(samples.At(DiffusionPoints.Coordinates(maps, [.. scale.Select(s => (double)(float)s)], samples.Features)), arrays);
    }

    /// <summary>Arrays of everything that is not a network.</summary>
    private Dictionary<string, (long[] Shape, float[] Values)> Fit()
    {
        var arrays = new Dictionary<string, (long[] Shape, float[] Values)>();
        for (var c = 0; c < shape.Fields.Length; c++)
        {
            var part = parts.Value[c];
            foreach (var (name, array) in part.Arrays.Concat(shape.Regression switch
            {
                PolynomialRegressionArchitecture polynomial => Polynomial(polynomial, part.Inputs, c),
                GaussianProcessArchitecture process => Process(process, part.Inputs, c),
                _ => new Dictionary<string, (long[] Shape, float[] Values)>
                {
                    ["scale"] = ([part.Inputs.Width], [.. part.Inputs.Scale.Select(s => (float)s)]),
                    ["unit"] = ([1], [(float)part.Inputs.Unit]),
                },
            }))
                arrays[$"{shape.Fields[c]}.{name}"] = array;
        }
        return arrays;
    }

    private Dictionary<string, (long[] Shape, float[] Values)> Polynomial(PolynomialRegressionArchitecture polynomial, RateSamples inputs, int field)
    {
        var library = new PolynomialLibrary(inputs.Width, polynomial.Degree);
        double[] coefficients;
        if (polynomial.Given.IsDefault)
        {
            var (scale, sums) = (inputs.Scale, new NormalEquations(library.Terms, 1));
            var scaled = inputs.Scaled(scale);
            for (var i = 0; i < inputs.Rates.Length; i++)
            {
                var next = sums.Next();
                library.Evaluate(scaled.AsSpan(i * inputs.Width, inputs.Width), next);
                next[library.Terms] = inputs.Rates[i] / inputs.Unit;
            }
            var units = new double[library.Terms];
            library.Evaluate([.. scale], units);
            coefficients = [.. sums.Solve(options.LastRidge * inputs.Rates.Length).Column(0).Select((c, k) => c * inputs.Unit / units[k])];
        }
        else
            coefficients = polynomial.Coefficients(field, [.. shape.Chosen[field].Select(i => shape.PointFeatures.Names[i])]);
        return new() { ["coefficients"] = ([library.Terms], [.. coefficients.Select(c => (float)c)]) };
    }

    private Dictionary<string, (long[] Shape, float[] Values)> Process(GaussianProcessArchitecture process, RateSamples inputs, int field)
    {
        var (scale, unit, width) = (inputs.Scale, inputs.Unit, inputs.Width);
        var few = inputs.First(process.LikelihoodPoints);
        var logs = new GaussianProcessFit(few.Scaled(scale), few.ScaledRates(unit)).Maximise();
        float[] lengths = [.. GaussianProcessFit.Lengths(logs).Select((ℓ, k) => (float)(scale[k] * ℓ))];
        float[] points = [.. inputs.Features.Select((x, i) => (float)(x / lengths[i % width]))];
        double[] unitLengths = [.. new double[width], logs[width], logs[width + 1]]; // the points are in lengths already, as the model file has them
        var fit = new GaussianProcessFit(Array.ConvertAll(points, p => (double)p), inputs.ScaledRates(unit));
        double[] weights = [.. fit.Weights(unitLengths).Select(w => w * GaussianProcessFit.Signal(logs) * GaussianProcessFit.Signal(logs) * unit)];
        for (var k = 0; k < width && shape.DiffusionCoordinates == 0; k++)
            figures[$"{shape.Fields[field]}.length.{shape.PointFeatures.Names[shape.Chosen[field][k]]}"] = Math.Exp(logs[k]);
        figures[$"{shape.Fields[field]}.signal"] = GaussianProcessFit.Signal(logs);
        figures[$"{shape.Fields[field]}.noise"] = GaussianProcessFit.Noise(logs);
        float[] high = [.. weights.Select(w => (float)w)];
        return new()
        {
            ["lengths"] = ([width], lengths),
            ["points"] = ([process.Points, width], points),
            ["weights"] = ([2, process.Points], [.. high, .. weights.Zip(high, (w, h) => (float)(w - h))]),
        };
    }

    /// <summary>Errors of forecasts and of the rates on the validation trajectories.</summary>
    private IReadOnlyDictionary<string, double> Figures()
    {
        var arrays = new WeightArrays(Arrays().ToDictionary(), "the training");
        var scaling = new LatentScaling([.. latents.Scaling.Low], [.. latents.Scaling.High]);
        var propagator = (CoarsePdePropagator)shape.Build(scaling, arrays);
        return new Dictionary<string, double>(
        [
            .. PropagatorValidation.Figures(propagator, scaling, latents.Validation),
            .. shape.Fields.Select((name, c) => KeyValuePair.Create($"{name}.rateError", validation.Value[c].Error(propagator.Equations[c].Rate))),
            .. figures,
        ]);
    }

    /// <summary>What the regression of a field is fitted to.</summary>
    /// <param name="Inputs">Features, or coordinates of them, and rates.</param>
    /// <param name="Arrays">Arrays of the coordinates.</param>
    private sealed record FieldPart(RateSamples Inputs, IReadOnlyDictionary<string, (long[] Shape, float[] Values)> Arrays);
}
