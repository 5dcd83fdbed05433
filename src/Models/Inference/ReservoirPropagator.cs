using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Reservoir computer (Jaeger and Haas 2004, doi:10.1126/science.1091277; Vlachas et al. 2020,
/// doi:10.1016/j.neunet.2020.02.016): h ← tanh(W h + W_in x), next x = W_out φ(h), where φ squares the units 0, 2, 4, … and x is
/// the latent scaled to [−1, 1].
/// </summary>
/// <remarks>
/// A member per SIMD lane: a unit costs as many fused multiply-adds as it has recurrent weights, and a member's bits depend
/// neither on its company nor on the width of vectors. Memory per member: h. One member costs as much as sixteen.
/// </remarks>
public sealed class ReservoirPropagator : TiledPropagator
{
    private const int Lanes = TileMembers; // Vector512<float>.Count

    private readonly ReservoirWeights weights;
    private readonly float[] readout; // [d_z, N]
    private readonly LatentScaling scaling;

    /// <summary>Builds a propagator.</summary>
    /// <param name="weights">The random weights.</param>
    /// <param name="readout">W_out [d_z, N].</param>
    /// <param name="scaling">Scaling of the latents.</param>
    public ReservoirPropagator(ReservoirWeights weights, float[] readout, LatentScaling scaling) =>
        (this.weights, this.readout, this.scaling) = (weights, readout, scaling);

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => weights.Units;

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    private sealed class Members(ReservoirPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, n = owner.weights.Units, count = members;
        private readonly float[] input = new float[owner.LatentSize * Lanes]; // [d_z, lane]
        private float[] state = new float[owner.weights.Units * Lanes];       // [N, lane]
        private float[] next = new float[owner.weights.Units * Lanes];

        public override void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    state[i * Lanes + m] = memory[m * n + i];
        }

        public override void Save(Span<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    memory[m * n + i] = state[i * Lanes + m];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override unsafe void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    input[k * Lanes + m] = 2 * ((latents[m * d + k] - owner.scaling.Low[k]) / (owner.scaling.High[k] - owner.scaling.Low[k])) - 1;
            var perLatent = n / d;
            var w = owner.weights;
            fixed (float* x = input, h = state, y = next, values = w.Values, inputs = w.Input)
            fixed (int* columns = w.Columns, first = w.First)
            {
                for (var i = 0; i < n; i++)
                {
                    var sum = Vector512.Create(inputs[i]) * Vector512.Load(x + i / perLatent * Lanes);
                    for (var e = first[i]; e < first[i + 1]; e++)
                        sum = Vector512.FusedMultiplyAdd(Vector512.Create(values[e]), Vector512.Load(h + columns[e] * Lanes), sum);
                    sum.Store(y + i * Lanes);
                }
                SimdMath.Tanh(y, n * Lanes);
            }
            (state, next) = (next, state);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override unsafe void Predict(Span<float> latents)
        {
            fixed (float* h = state, squared = next, weights = owner.readout, y = input)
            {
                for (var i = 0; i < n; i++)
                {
                    var v = Vector512.Load(h + i * Lanes);
                    (i % 2 == 0 ? v * v : v).Store(squared + i * Lanes);
                }
                for (var k = 0; k < d; k++)
                {
                    var sum = Vector512<float>.Zero;
                    for (var i = 0; i < n; i++)
                        sum = Vector512.FusedMultiplyAdd(Vector512.Create(weights[k * n + i]), Vector512.Load(squared + i * Lanes), sum);
                    sum.Store(y + k * Lanes);
                }
            }
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    latents[m * d + k] = MathF.FusedMultiplyAdd(
                        0.5f * (input[k * Lanes + m] + 1), owner.scaling.High[k] - owner.scaling.Low[k], owner.scaling.Low[k]);
        }
    }
}
