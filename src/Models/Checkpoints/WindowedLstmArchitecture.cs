using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// A stack of LSTM layers that reads the last frames anew for each prediction (<see cref="WindowedLstmPropagator"/>). Arrays
/// <c>layers.i.forward.weight_ih</c> [4H, inputs], <c>layers.i.forward.weight_hh</c> [4H, H], <c>layers.i.forward.bias</c> [4H], the same for
/// <c>backward</c>; <c>dense.i.weight</c>, <c>dense.i.bias</c>, in PyTorch's layout; with normalisation, <c>layers.i.norm.*</c> and
/// <c>dense.i.norm.*</c>: <c>scale</c>, <c>shift</c>, <c>mean</c>, <c>variance</c>.
/// </summary>
public sealed record WindowedLstmArchitecture : PropagatorArchitecture
{
    /// <summary>What batch normalisation adds to a variance (Ioffe and Szegedy 2015, arXiv:1502.03167; value of the PACS report's networks).</summary>
    internal const double NormalisationEpsilon = 1e-3;

    /// <summary>Frames that each prediction reads; the PACS report has 70 and 200.</summary>
    public required int Window { get; init; }

    /// <summary>Hidden units per direction of each layer; the last layer hands on its final output alone.</summary>
    public required ImmutableArray<int> Layers { get; init; }

    /// <summary>Whether every layer also runs from the newest frame to the oldest, with weights of its own.</summary>
    public bool Bidirectional { get; init; } = true;

    /// <summary>Widths of the dense layers after them, with ReLU.</summary>
    public ImmutableArray<int> DenseLayers { get; init; } = [];

    /// <summary>Whether batch normalisation follows every layer but the last of the LSTM and the output.</summary>
    public bool Normalised { get; init; }

    /// <summary>Whether the output is the change of the latents since the last frame, in standard deviations.</summary>
    public bool Increment { get; init; }

    /// <summary>
    /// Frames of the Savitzky-Golay filter (<see cref="SavitzkyGolay"/>) that smooths latents in training, and known latents, frames after
    /// the window excluded, before a forecast; odd, 0 for none. The PACS report has 31.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int SmoothingFrames { get; init; }

    /// <summary>Degree of the filter's polynomial.</summary>
    public int SmoothingDegree { get; init; } = 2;

    /// <inheritdoc />
    [JsonIgnore]
    public override bool Standardised => true;

    /// <inheritdoc />
    [JsonIgnore]
    public override SavitzkyGolay? Smoothing => SmoothingFrames > 0 ? new SavitzkyGolay(SmoothingFrames, SmoothingDegree) : null;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary =>
        $"{(Bidirectional ? "bidirectional " : "")}LSTM {string.Join("–", Layers.IsDefault ? [] : Layers)} on {Window} "
        + $"frames{(SmoothingFrames > 0 ? ", smoothed" : "")}";

    /// <summary>Why it cannot be built, as a clause; null when it can.</summary>
    [JsonIgnore]
    public string? Fault =>
        Window is < 1 or > 100_000 ? $"its window is {Window} frames; give 1 to 100000"
        : Layers.IsDefaultOrEmpty || Layers.Any(h => h < 1) || DenseLayers.IsDefault || DenseLayers.Any(w => w < 1)
            ? "its layers need positive numbers of units, at least one LSTM layer"
        : SmoothingFrames != 0 && (SmoothingFrames % 2 == 0 || SmoothingFrames < 0 || SmoothingFrames > Window
            || SmoothingDegree < 0 || SmoothingDegree >= SmoothingFrames)
            ? $"smoothing over {SmoothingFrames} frames with degree {SmoothingDegree} needs an odd number of frames, "
                + $"at most the window's {Window}, and a degree below it"
        : null;

    /// <inheritdoc />
    public override IPropagator Build(LatentScaling scaling, WeightArrays weights)
    {
        if (Fault is { } fault)
            throw weights.Unusable(fault);
        // A normalisation is affine: it becomes part of the layer after it.
        var (inputs, affine) = (scaling.Size, Affine.Identity(scaling.Size));
        var layers = ImmutableArray.CreateBuilder<ImmutableArray<LstmLayer>>();
        for (var i = 0; i < Layers.Length; i++)
        {
            var hidden = Layers[i];
            layers.Add([.. Directions.Select(direction => Layer($"layers.{i}.{direction}", hidden))]);
            inputs = hidden * Directions.Length;
            affine = i < Layers.Length - 1 ? Norm($"layers.{i}") : Affine.Identity(inputs);
        }
        var dense = ImmutableArray.CreateBuilder<DenseLayer>();
        int[] widths = [.. DenseLayers, scaling.Size];
        for (var i = 0; i < widths.Length; i++)
        {
            var (weight, bias) = affine.Into(weights.Get($"dense.{i}.weight", widths[i], inputs), weights.Get($"dense.{i}.bias", widths[i]));
            dense.Add(new DenseLayer(weight, bias, i < widths.Length - 1 ? Activation.Relu : Activation.None));
            inputs = widths[i];
            affine = i < widths.Length - 1 ? Norm($"dense.{i}") : Affine.Identity(inputs);
        }
        return new WindowedLstmPropagator(scaling, Window, layers.ToImmutable(), dense.ToImmutable(), Increment, Smoothing);

        LstmLayer Layer(string name, int hidden)
        {
            var (input, bias) = affine.Into(weights.Get($"{name}.weight_ih", 4 * hidden, inputs), weights.Get($"{name}.bias", 4 * hidden));
            return new LstmLayer(input, weights.Get($"{name}.weight_hh", 4 * hidden, hidden), bias);
        }

        Affine Norm(string name) => !Normalised ? Affine.Identity(inputs) : Affine.OfNormalisation(
            weights.Get($"{name}.norm.scale", inputs), weights.Get($"{name}.norm.shift", inputs),
            weights.Get($"{name}.norm.mean", inputs), weights.Get($"{name}.norm.variance", inputs));
    }

    /// <summary>Names of the directions in which layers run.</summary>
    [JsonIgnore]
    internal string[] Directions => Bidirectional ? ["forward", "backward"] : ["forward"];

    /// <summary>x → scale·x + shift, by component.</summary>
    private sealed record Affine(double[] Scale, double[] Shift)
    {
        public static Affine Identity(int size) => new([.. Enumerable.Repeat(1.0, size)], new double[size]);

        public static Affine OfNormalisation(float[] scale, float[] shift, float[] mean, float[] variance)
        {
            double[] factors = [.. scale.Select((s, i) => s / Math.Sqrt(Math.Max(0, variance[i]) + NormalisationEpsilon))];
            return new(factors, [.. shift.Select((s, i) => s - mean[i] * factors[i])]);
        }

        /// <summary>W(scale·x + shift) + b as W′x + b′.</summary>
        public (float[] Weight, float[] Bias) Into(float[] weight, float[] bias)
        {
            var n = Scale.Length;
            return (
                [.. weight.Select((w, i) => (float)(w * Scale[i % n]))],
                [.. bias.Select((b, o) => (float)(b + Enumerable.Range(0, n).Sum(k => weight[o * n + k] * Shift[k])))]);
        }
    }
}
