using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.Mixtures;
using LedCluster.Models.Reductions.Mixtures;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// LSTM that gives a mixture of Gaussians for the change of the latents in a frame, drawn in forecasts
/// (<see cref="LstmMixturePropagator"/>). Arrays <c>lstm.weight_ih</c>, <c>lstm.weight_hh</c>, <c>lstm.bias_ih</c>, <c>lstm.bias_hh</c>,
/// the layer <c>features.*</c> and the heads <c>mixture.weight.*</c>, <c>mixture.mean.*</c>, <c>mixture.diagonal.*</c>,
/// <c>mixture.lower.*</c>, with <c>weight</c> and <c>bias</c> in PyTorch's layout.
/// </summary>
public sealed record LstmMixtureArchitecture : PropagatorArchitecture
{
    private const int MostWidth = 4096, MostKernels = 256;

    /// <summary>Hidden units H.</summary>
    public required int Hidden { get; init; }

    /// <summary>Width of the layer ½ + ½ tanh between hidden units and mixture; not below the number of latents.</summary>
    public required int Features { get; init; }

    /// <summary>
    /// Whether the mixture's parameters also depend on the latents, linearly: what is drawn may then be near to independent of where the
    /// latents are.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Skip { get; init; }

    /// <summary>Gaussians of the mixture.</summary>
    public int Kernels { get; init; } = 1;

    /// <summary>Least deviation of a Gaussian, in standard deviations of the latents.</summary>
    public double LeastDeviation { get; init; } = 1e-3;

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => true;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"LSTM {Hidden}, mixture of {Kernels}";

    /// <summary>Why it cannot be used with so many latents, as a clause; null when it can.</summary>
    public string? Fault(int latentSize) =>
        Hidden is < 1 or > MostWidth || Features is < 1 or > MostWidth || Kernels is < 1 or > MostKernels
            ? $"hidden and features must be from 1 to {MostWidth} and kernels from 1 to {MostKernels}"
        : Features < latentSize ? $"features is {Features}, fewer than the {latentSize} latents"
        : !(LeastDeviation > 0) ? $"leastDeviation is {LeastDeviation}, and must be above 0" : null;

    /// <summary>Names and outputs of the mixture's heads.</summary>
    internal (string Name, int Outputs)[] Heads(int latentSize) =>
    [
        ("mixture.weight", Kernels), ("mixture.mean", Kernels * latentSize), ("mixture.diagonal", Kernels * latentSize),
        .. latentSize > 1 ? [("mixture.lower", Kernels * latentSize * (latentSize - 1) / 2)] : ((string, int)[])[],
    ];

    /// <summary>Inputs of the heads.</summary>
    internal int HeadInputs(int latentSize) => Features + (Skip ? latentSize : 0);

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        var (h, d) = (Hidden, scaling.Size);
        if (Fault(d) is { } fault)
            throw weights.Unusable($"of its {Summary}, {fault}");
        var heads = Heads(d);
        return new LstmMixturePropagator(
            new LstmCells(
                weights.Get("lstm.weight_ih", 4 * h, d), weights.Get("lstm.weight_hh", 4 * h, h), weights.Get("lstm.bias_ih", 4 * h),
                weights.Get("lstm.bias_hh", 4 * h)),
            new DenseLayer(weights.Get("features.weight", Features, h), weights.Get("features.bias", Features), Activation.HalfTanh),
            new DenseLayer(
                heads.SelectMany(head => weights.Get($"{head.Name}.weight", head.Outputs, HeadInputs(d))).ToArray(),
                heads.SelectMany(head => weights.Get($"{head.Name}.bias", head.Outputs)).ToArray(), Activation.None),
            scaling, () => new GaussianMixture(Kernels, d, LeastDeviation));
    }
}
