using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// A propagator that gets parameters of the system as inputs beside the latents (<see cref="ConditionedPropagator"/>). Its network has as many
/// components more, whose predictions are replaced by the parameters; its arrays are those of the network.
/// </summary>
public sealed record ConditionedArchitecture : PropagatorArchitecture
{
    /// <summary>Names of the parameters, P of them, in the order of the inputs.</summary>
    public required ImmutableArray<string> Parameters { get; init; }

    /// <summary>Shape of the network: <c>mlp</c>, <c>lstm</c> or <c>gru</c>.</summary>
    public required PropagatorArchitecture Network { get; init; }

    /// <summary>Least value of each parameter in training, [P]; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<double> Minimum { get; init; }

    /// <summary>Largest value of each parameter in training, [P]; the training sets it, recipes leave it out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<double> Maximum { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => Network.Standardised;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"{Network?.Summary} with {string.Join(", ", Parameters.IsDefault ? [] : Parameters)}";

    /// <summary>Why it cannot be used, as a clause; null when it can.</summary>
    [JsonIgnore]
    public string? Fault =>
        Parameters.IsDefaultOrEmpty || Parameters.Any(string.IsNullOrEmpty) || Parameters.Distinct().Count() < Parameters.Length
            ? "parameters must name one or more parameters of the system, each once"
        : Network is not (PerceptronArchitecture or LstmArchitecture or GruArchitecture)
            ? "its network must be of kind mlp, lstm or gru; other kinds receive no parameters"
        : null;

    /// <summary>
    /// Scaling of latents and parameters: the middle of a parameter's range in training is 0, its ends are −1 and 1.
    /// </summary>
    /// <param name="latents">Scaling of the latents.</param>
    public LatentScaling Scaling(LatentScaling latents) => new(
        [.. latents.Low, .. Minimum.Zip(Maximum, (low, high) => (float)(low + (high - low) / 2))], [.. latents.High, .. Maximum.Select(high => (float)high)]);

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        if (Minimum.IsDefault || Maximum.IsDefault || Minimum.Length != Parameters.Length || Maximum.Length != Parameters.Length
            || Minimum.Zip(Maximum).Any(range => !(double.IsFinite(range.First) && double.IsFinite(range.Second) && (float)range.First < (float)range.Second)))
            throw weights.Unusable($"its parameters ({string.Join(", ", Parameters)}) need a minimum and a larger maximum each");
        return new ConditionedPropagator(Network.Build(Scaling(scaling), weights), Parameters);
    }
}
