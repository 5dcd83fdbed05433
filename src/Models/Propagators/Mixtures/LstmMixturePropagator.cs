using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;
using LedCluster.Models.Reductions.Mixtures;

namespace LedCluster.Models.Propagators.Mixtures;

/// <summary>
/// Mixture-density LSTM (Vlachas et al. 2021, doi:10.1021/acs.jctc.1c00809): the change of the scaled latents in a frame is drawn from a
/// mixture of Gaussians whose parameters the LSTM gives, s ← s + v, v ~ Σ_k π_k N(μ_k, L_k L_kᵀ). A draw depends on seed, member and frame
/// alone. It tells the variance of what it draws from.
/// </summary>
public sealed class LstmMixturePropagator : IPropagator
{
    private const int TileMembers = 16;

    private readonly LstmCells cells;
    private readonly DenseLayer features, heads;
    private readonly LatentScaling scaling;
    private readonly Func<GaussianMixture> mixtures;

    /// <summary>Builds the propagator.</summary>
    /// <param name="cells">Cells of the LSTM, on scaled latents.</param>
    /// <param name="features">Layer from hidden units to features.</param>
    /// <param name="heads">Layer from features, or from features and scaled latents, to the outputs of a <see cref="GaussianMixture"/>.</param>
    /// <param name="scaling">Scaling of the latents.</param>
    /// <param name="mixtures">Makes a mixture.</param>
    internal LstmMixturePropagator(LstmCells cells, DenseLayer features, DenseLayer heads, LatentScaling scaling, Func<GaussianMixture> mixtures) =>
        (this.cells, this.features, this.heads, this.scaling, this.mixtures) = (cells, features, heads, scaling, mixtures);

    /// <inheritdoc />
    public int LatentSize => scaling.Size;

    /// <inheritdoc />
    public int MemorySize => 2 * cells.Hidden;

    /// <inheritdoc />
    public bool DependsOnFrame => true;

    /// <inheritdoc />
    public ImmutableArray<Diagnostic> PredictionSeries { get; } =
    [
        new(
            "predicted_variance",
            "variance of the density that the latents were drawn from, mean over the latents, as a part of their variance in the training"),
    ];

    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory) =>
        Go(latents, latents.Length / (context.Count * LatentSize), [], context, memory, []);

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path) => Go(latents, 1, path, context, memory, []);

    /// <inheritdoc />
    public void FeedAndRun(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path, Span<float> series)
    {
        var fed = latents.Length / (context.Count * LatentSize) - 1;
        Feed(latents[..^(context.Count * LatentSize)], context, memory);
        Go(latents[^(context.Count * LatentSize)..], 1, path, context.Later(fed), memory, series);
    }

    /// <summary>Consumes known frames, or runs from one.</summary>
    private void Go(ReadOnlySpan<float> known, int frames, Span<float> path, in StepContext context, Span<float> memory, Span<float> series)
    {
        var (d, h, members, mixture) = (LatentSize, cells.Hidden, context.Count, mixtures());
        var steps = path.Length > 0 ? path.Length / (members * d) : frames;
        float[] v = new float[GaussianMixture.Room * d], scaled = new float[TileMembers * d];
        for (var first = 0; first < members; first += TileMembers)
        {
            var count = Math.Min(TileMembers, members - first);
            float[] rows = new float[count * cells.Row], states = new float[count * h], gates = new float[count * cells.Gates], hidden = new float[count * h];
            float[] inner = new float[count * features.Stride], wide = new float[count * heads.Inputs], outputs = new float[count * heads.Stride];
            for (var m = 0; m < count; m++)
            {
                memory.Slice((first + m) * MemorySize, h).CopyTo(rows.AsSpan(m * cells.Row + d));
                memory.Slice((first + m) * MemorySize + h, h).CopyTo(states.AsSpan(m * h));
            }
            for (var s = 0; s < steps; s++)
            {
                for (var m = 0; m < count; m++)
                {
                    if (path.Length == 0 || s == 0) // else it is the draw of the step before
                        scaling.Scale(known.Slice((s * members + first + m) * d, d), scaled.AsSpan(m * d, d));
                    scaled.AsSpan(m * d, d).CopyTo(rows.AsSpan(m * cells.Row));
                }
                cells.Consume(rows, states, gates, count);
                if (path.Length == 0)
                    continue;
                for (var m = 0; m < count; m++)
                    rows.AsSpan(m * cells.Row + d, h).CopyTo(hidden.AsSpan(m * h));
                features.Forward(hidden, h, inner, count);
                if (heads.Inputs > features.Outputs)
                    for (var m = 0; m < count; m++)
                    {
                        inner.AsSpan(m * features.Stride, features.Outputs).CopyTo(wide.AsSpan(m * heads.Inputs));
                        scaled.AsSpan(m * d, d).CopyTo(wide.AsSpan(m * heads.Inputs + features.Outputs));
                    }
                var (from, stride) = heads.Inputs > features.Outputs ? (wide, heads.Inputs) : (inner, features.Stride);
                heads.Forward(from, stride, outputs, count);
                for (var m = 0; m < count; m++)
                {
                    mixture.Load(outputs.AsSpan(m * heads.Stride, heads.Outputs));
                    if (series.Length > 0)
                        series[s * members + first + m] = (float)mixture.Variance();
                    mixture.Draw((uint)context.Members.Span[first + m], (uint)(context.Frame + s + 1), (uint)DrawPurpose.Propagator << 24, context.Seed, 1, v);
                    for (var k = 0; k < d; k++)
                        scaled[m * d + k] += v[GaussianMixture.Room * k];
                    scaling.Unscale(scaled.AsSpan(m * d, d), path.Slice((s * members + first + m) * d, d));
                    scaling.Scale(path.Slice((s * members + first + m) * d, d), scaled.AsSpan(m * d, d)); // as a leg that ends here would begin again
                }
            }
            for (var m = 0; m < count; m++)
            {
                rows.AsSpan(m * cells.Row + d, h).CopyTo(memory[((first + m) * MemorySize)..]);
                states.AsSpan(m * h, h).CopyTo(memory[((first + m) * MemorySize + h)..]);
            }
        }
    }
}
