using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.HierarchicalTimeStepping;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Hierarchical time-stepping: for each step of s frames a network s(t + sΔt) = s(t) + N(s(t)) on scaled latents, ReLU between its layers and
/// nothing after the last. Arrays <c>steps.S.i.weight</c>, <c>steps.S.i.bias</c> in PyTorch's layout.
/// </summary>
public sealed record HierarchicalArchitecture : PropagatorArchitecture
{
    /// <summary>Steps that there are networks for, in frames.</summary>
    public required ImmutableArray<int> Steps { get; init; }

    /// <summary>Steps that forecasts couple; the training chooses them, recipes leave them out. All if not given.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<int> Coupled { get; init; }

    /// <summary>Widths of the hidden layers of each network; the papers have three of 128 or 1024.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <summary>
    /// If given, each member takes the steps over which the mean square change of its latents stays below this
    /// (<see cref="AdaptivePropagator"/>), instead of all steps coupled. In the latents' own squared unit.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Tolerance { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => true;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"{(Tolerance is null ? "HiTS" : "adaptive HiTS")} of {string.Join(", ", Steps.IsDefault ? [] : Used)} frames, "
        + $"MLP {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers)}";

    /// <summary>Why it cannot be used, as a clause; null when it can.</summary>
    [JsonIgnore]
    public string? Fault =>
        Steps.IsDefaultOrEmpty || Steps.Any(step => step < 1) || Steps.Distinct().Count() < Steps.Length
            ? "its steps must be one or more different numbers of frames from 1"
        : HiddenLayers.IsDefault || HiddenLayers.Any(width => width < 1) ? "its hiddenLayers must be positive widths"
        : !Coupled.IsDefault && (Coupled.IsEmpty || Coupled.Except(Steps).Any() || Coupled.Distinct().Count() < Coupled.Length)
            ? $"it couples the steps {string.Join(", ", Coupled)}, but has networks for {string.Join(", ", Steps)}"
        : Tolerance is { } tolerance && !(tolerance > 0) ? FormattableString.Invariant($"its tolerance is {tolerance}; it must be above 0")
        : null;

    private ImmutableArray<int> Used => Coupled.IsDefault ? Steps : Coupled;

    /// <summary>Widths of each network.</summary>
    public ImmutableArray<int> Widths(int latentSize) => [latentSize, .. HiddenLayers, latentSize];

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        var maps = Used.Select(step => Network(step, scaling, weights));
        return Tolerance is { } tolerance ? new AdaptivePropagator(maps, tolerance) : new HierarchicalPropagator(maps);
    }

    /// <summary>
    /// The network of one step. The scaling s = (z − a)/b becomes part of its first and last layer, so that it acts on the latents z
    /// themselves: z + b N((z − a)/b).
    /// </summary>
    public ResidualFlowMap Network(int step, LatentScaling scaling, WeightArrays weights)
    {
        var widths = Widths(scaling.Size);
        var layers = ImmutableArray.CreateBuilder<DenseLayer>();
        for (var i = 0; i < widths.Length - 1; i++)
        {
            var (inputs, outputs, isLast) = (widths[i], widths[i + 1], i == widths.Length - 2);
            float[] weight = [.. weights.Get($"steps.{step}.{i}.weight", outputs, inputs)], bias = [.. weights.Get($"steps.{step}.{i}.bias", outputs)];
            for (var o = 0; o < outputs; o++)
            {
                var shift = 0.0;
                for (var k = 0; k < inputs; k++)
                {
                    var w = (double)weight[o * inputs + k];
                    if (i == 0)
                    {
                        w /= (double)scaling.High[k] - scaling.Low[k];
                        shift -= w * scaling.Low[k];
                    }
                    weight[o * inputs + k] = (float)(isLast ? w * ((double)scaling.High[o] - scaling.Low[o]) : w);
                }
                bias[o] = (float)((bias[o] + shift) * (isLast ? (double)scaling.High[o] - scaling.Low[o] : 1));
            }
            layers.Add(new DenseLayer(weight, bias, isLast ? Activation.None : Activation.Relu));
        }
        return new ResidualFlowMap(step, layers.ToImmutable());
    }
}
