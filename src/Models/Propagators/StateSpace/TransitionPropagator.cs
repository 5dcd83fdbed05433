using System.Collections.Immutable;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Propagators.StateSpace;

/// <summary>
/// Samples a generative state-space model ahead (Kaltenbach and Koutsourelakis 2021, algorithm 1): z_T is drawn from its approximate posterior, then
/// z(t + Δt) = z + NN(z) + σ ε. The constraint of the training is not enforced. The posterior of a known frame is log-normal about it; its deviation
/// s maximises the evidence bound in s alone, s⁻² = a z + (b + σ⁻²) z², a and b the observation's. A frame that the propagator itself has predicted, as after a
/// macro leg, is not drawn again: it is in memory.
/// </summary>
/// <param name="layers">Layers of NN.</param>
/// <param name="deviation">σ, in the latents' unit.</param>
/// <param name="precision">a and b.</param>
public sealed class TransitionPropagator(ImmutableArray<DenseLayer> layers, float deviation, float[] precision) : IPropagator
{
    private const int PosteriorStream = 1;

    private readonly int width = layers.Max(layer => Math.Max(DenseLayer.Padded(layer.Inputs), layer.Stride));

    /// <summary>σ, in the latents' unit.</summary>
    public float Deviation => deviation;

    /// <inheritdoc />
    public int LatentSize => layers[0].Inputs;

    /// <summary>The frame that was predicted last.</summary>
    public int MemorySize => LatentSize;

    /// <inheritdoc />
    public bool DependsOnFrame => true;

    /// <summary>Nothing: of the known frames the last alone counts.</summary>
    /// <inheritdoc />
    public void Feed(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory)
    {
    }

    /// <inheritdoc />
    public void Run(ReadOnlySpan<float> latents, in StepContext context, Span<float> memory, Span<float> path)
    {
        var (d, members) = (LatentSize, context.Count);
        var row = members * d;
        var now = latents.ToArray();
        for (var m = 0; m < members; m++)
            if (!latents.Slice(m * d, d).SequenceEqual(memory.Slice(m * d, d)))
            {
                var random = context.Random(m, context.Frame, DrawPurpose.Propagator, PosteriorStream);
                for (var k = 0; k < d; k++)
                    if (now[m * d + k] is > 0 and var z)
                        now[m * d + k] = (float)(z * Math.Exp(random.NextNormal() * Spread(z)));
            }
        var (even, odd) = (new float[members * width], new float[members * width]);
        for (var step = 0; step < path.Length / row; step++)
        {
            Mean(now, members, even, odd);
            for (var m = 0; m < members; m++)
            {
                var random = context.Random(m, context.Frame + step + 1, DrawPurpose.Propagator);
                for (var k = 0; k < d; k++)
                    now[m * d + k] += (float)(deviation * random.NextNormal());
            }
            now.CopyTo(path[(step * row)..]);
        }
        now.CopyTo(memory);
    }

    /// <summary>Deviation of ln z given a frame that is known.</summary>
    private double Spread(double z) => 1 / Math.Sqrt(Math.Max(1, precision[0] * z + (precision[1] + 1 / ((double)deviation * deviation)) * z * z));

    /// <summary>z + NN(z) in place, [M, d_z].</summary>
    private void Mean(float[] latents, int members, float[] even, float[] odd)
    {
        var (from, stride, to, spare) = (latents, LatentSize, even, odd);
        foreach (var layer in layers)
        {
            layer.Forward(from, stride, to, members);
            (from, stride, to, spare) = (to, layer.Stride, spare, to);
        }
        for (var m = 0; m < members; m++)
            for (var k = 0; k < LatentSize; k++)
                latents[m * LatentSize + k] += from[m * stride + k];
    }
}
