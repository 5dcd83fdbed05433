using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

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

        public override void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    input[k * Lanes + m] = 2 * ((latents[m * d + k] - owner.scaling.Low[k]) / (owner.scaling.High[k] - owner.scaling.Low[k])) - 1;
            if (Vector512.IsHardwareAccelerated)
                Advance<Lanes512<float>>();
            else if (Vector256.IsHardwareAccelerated)
                Advance<Twin<Lanes256<float>, float>>();
            else
                Advance<Twin<Twin<Lanes128<float>, float>, float>>();
            (state, next) = (next, state);
        }

        public override void Predict(Span<float> latents)
        {
            if (Vector512.IsHardwareAccelerated)
                Read<Lanes512<float>>();
            else if (Vector256.IsHardwareAccelerated)
                Read<Twin<Lanes256<float>, float>>();
            else
                Read<Twin<Twin<Lanes128<float>, float>, float>>();
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    latents[m * d + k] = MathF.FusedMultiplyAdd(
                        0.5f * (input[k * Lanes + m] + 1), owner.scaling.High[k] - owner.scaling.Low[k], owner.scaling.Low[k]);
        }

        /// <summary>The next state, of the input and the present one.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe void Advance<V>()
            where V : unmanaged, IVector<V, float>
        {
            var (w, perLatent) = (owner.weights, n / d);
            fixed (float* x = input, h = state, y = next, values = w.Values, inputs = w.Input)
            fixed (int* columns = w.Columns, first = w.First)
            {
                for (var i = 0; i < n; i++)
                {
                    var sum = V.Of(inputs[i]) * V.Load(x + i / perLatent * Lanes);
                    for (var e = first[i]; e < first[i + 1]; e++)
                        sum = V.Fused(V.Of(values[e]), V.Load(h + columns[e] * Lanes), sum);
                    sum.Store(y + i * Lanes);
                }
                SimdMath.Tanh(y, n * Lanes);
            }
        }

        /// <summary>The readout of the state.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe void Read<V>()
            where V : unmanaged, IVector<V, float>
        {
            fixed (float* h = state, squared = next, weights = owner.readout, y = input)
            {
                for (var i = 0; i < n; i += 2)
                {
                    var v = V.Load(h + i * Lanes);
                    (v * v).Store(squared + i * Lanes);
                    if (i + 1 < n)
                        V.Load(h + (i + 1) * Lanes).Store(squared + (i + 1) * Lanes);
                }
                for (var k = 0; k < d; k++)
                {
                    var sum = V.Of(0);
                    for (var i = 0; i < n; i++)
                        sum = V.Fused(V.Of(weights[k * n + i]), V.Load(squared + i * Lanes), sum);
                    sum.Store(y + k * Lanes);
                }
            }
        }
    }
}
