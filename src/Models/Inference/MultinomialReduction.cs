using System.Collections.Immutable;
using LedCluster.Domain.Randomness;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Models.Inference;

/// <summary>
/// Latents are the shares X of N independent trials that fall into each bin, in units of the channel's range; what is decoded are the numbers
/// m ~ Multinomial(N, X) of a draw, as shares m/N (Kaltenbach and Koutsourelakis 2021, equation 17). For the draw X is clipped at 1e-12 and
/// divided by its sum; <c>mass</c> tells ΣX as it was.
/// </summary>
public sealed class MultinomialReduction : IReduction
{
    private const double LeastShare = 1e-12;

    private readonly FullState shares;
    private readonly double unit;
    private readonly int trials;

    /// <summary>Makes the reduction.</summary>
    /// <param name="unit">What the latents count as 1: the channel's maximum, its minimum being 0.</param>
    /// <param name="bins">Number of bins.</param>
    /// <param name="parameter">Name of the parameter that is N.</param>
    public MultinomialReduction(double unit, int bins, string parameter) : this(unit, bins, parameter, -1)
    {
    }

    private MultinomialReduction(double unit, int bins, string parameter, int trials) =>
        (shares, this.unit, Parameter, this.trials) = (new(new FieldScaling([0], [unit]), bins), unit, parameter, trials);

    /// <summary>Name of the parameter that is N.</summary>
    public string Parameter { get; }

    /// <inheritdoc />
    public int LatentSize => shares.LatentSize;

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> Series { get; } = [new("mass", "sum of the predicted shares of all bins, before the draw")];

    /// <summary>The reduction for a system, which knows where N is among the system's parameters.</summary>
    /// <param name="declared">The system's parameters, in the order of <see cref="StepContext.Parameters"/>.</param>
    /// <exception cref="ArgumentException">The system has no parameter of that name.</exception>
    public MultinomialReduction For(ImmutableArray<Parameter> declared) => new(
        unit, LatentSize, Parameter, declared.Select(p => p.Name).ToList().IndexOf(Parameter) is >= 0 and var index ? index : throw new ArgumentException(
            $"The decoder draws as many trials as the parameter '{Parameter}' says, which the system does not have; "
            + $"it has {(declared.Length == 0 ? "none" : string.Join(", ", declared.Select(p => p.Name)))}."));

    /// <inheritdoc />
    public void Encode(ReadOnlySpan<double> fields, Span<float> latents) => shares.Encode(fields, latents);

    /// <summary>Draws m/N; for members without parameters, as trainings have them, gives the shares themselves.</summary>
    /// <inheritdoc />
    public void Decode(ReadOnlySpan<float> latents, Span<float> fields, in StepContext context)
    {
        if (context.ParameterCount == 0)
        {
            shares.Decode(latents, fields, context);
            return;
        }
        if (trials < 0)
            throw new InvalidOperationException($"The decoder needs the parameter {Parameter} of each member, but no system with this parameter was given.");
        var (bins, weights, counts) = (LatentSize, new double[LatentSize], new double[LatentSize]);
        for (var row = 0; row < latents.Length / bins; row++)
        {
            var z = latents.Slice(row * bins, bins);
            var field = fields.Slice(row * bins, bins);
            var finite = true;
            for (var j = 0; j < bins; j++)
            {
                finite &= float.IsFinite(z[j]);
                weights[j] = Math.Max(LeastShare, z[j] * unit);
            }
            if (!finite)
            {
                field.Fill(float.NaN);
                continue;
            }
            var (at, member) = (context.At(context.Frame + row / context.Count), row % context.Count);
            var n = (long)at.ParametersOf(member)[trials];
            var random = at.Random(member, at.Frame, DrawPurpose.Decoder);
            Binomial.Multinomial(ref random, n, weights, counts);
            for (var j = 0; j < bins; j++)
                field[j] = (float)(counts[j] / n);
        }
    }

    /// <inheritdoc />
    public void Assess(ReadOnlySpan<float> latents, Span<double> values, in StepContext context)
    {
        for (var m = 0; m < values.Length; m++)
        {
            values[m] = 0;
            foreach (var z in latents.Slice(m * LatentSize, LatentSize))
                values[m] += z * unit;
        }
    }

    /// <inheritdoc />
    public double MeanSquaredError(ReadOnlySpan<double> truth, ReadOnlySpan<float> reconstruction) => shares.MeanSquaredError(truth, reconstruction);
}
