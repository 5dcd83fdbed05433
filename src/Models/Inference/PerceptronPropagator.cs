using System.Collections.Immutable;

namespace LedCluster.Models.Inference;

/// <summary>
/// Perceptron propagator: the next scaled latent is a feed-forward network of the current one alone, CELU between its layers
/// and ½ + ½ tanh after the last, or the current latent added to it (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, supplement). No memory.
/// </summary>
/// <param name="layers">Layers from d_z inputs to d_z outputs, which are in (0, 1) unless they are increments.</param>
/// <param name="scaling">Scaling of the latents.</param>
/// <param name="increment">Whether the last layer is the change of the latents.</param>
public sealed class PerceptronPropagator(ImmutableArray<DenseLayer> layers, LatentScaling scaling, bool increment = false) : TiledPropagator
{
    private readonly int width = layers.Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => 0;

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    /// <summary>The layers.</summary>
    internal ImmutableArray<DenseLayer> Layers => layers;

    /// <summary>Scaling of the latents.</summary>
    internal LatentScaling Scaling => scaling;

    /// <summary>Whether the last layer is the change of the latents.</summary>
    internal bool IsIncrement => increment;

    private sealed class Members(PerceptronPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, count = members;
        private readonly float[] input = new float[members * owner.LatentSize];
        private readonly float[] even = new float[members * owner.width], odd = new float[members * owner.width];

        public override void Load(ReadOnlySpan<float> memory)
        {
        }

        public override void Save(Span<float> memory)
        {
        }

        public override void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
                owner.Scaling.Scale(latents.Slice(m * d, d), input.AsSpan(m * d, d));
        }

        public override void Predict(Span<float> latents)
        {
            var (from, stride, to, spare) = (input, d, even, odd);
            foreach (var layer in owner.Layers)
            {
                layer.Forward(from, stride, to, count);
                (from, stride, to, spare) = (to, layer.Stride, spare, to);
            }
            for (var m = 0; m < count; m++)
            {
                var next = from.AsSpan(m * stride, d);
                for (var k = 0; k < d && owner.IsIncrement; k++)
                    next[k] += input[m * d + k];
                owner.Scaling.Unscale(next, latents.Slice(m * d, d));
            }
        }
    }
}
