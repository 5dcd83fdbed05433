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
/// Units are kept in the order of the number of their connections, so that the length of the loop over these can be predicted.
/// </remarks>
public sealed class ReservoirPropagator : TiledPropagator
{
    private const int Lanes = TileMembers; // Vector512<float>.Count

    private readonly float[] readout; // [d_z, N]
    private readonly LatentScaling scaling;
    private readonly int[] places;    // of unit i
    private readonly int[] latents;   // of the unit at each place, the latent that drives it
    private readonly int[] counts, columns;
    private readonly float[] inputs, values;

    /// <summary>Builds a propagator.</summary>
    /// <param name="weights">The random weights.</param>
    /// <param name="readout">W_out [d_z, N].</param>
    /// <param name="scaling">Scaling of the latents.</param>
    public ReservoirPropagator(ReservoirWeights weights, float[] readout, LatentScaling scaling)
    {
        (this.readout, this.scaling, places) = (readout, scaling, new int[weights.Units]);
        int[] units = [.. Enumerable.Range(0, weights.Units).OrderBy(Count)];
        for (var place = 0; place < units.Length; place++)
            places[units[place]] = place;
        latents = [.. units.Select(i => i / (weights.Units / weights.Latents))];
        inputs = [.. units.Select(i => weights.Input[i])];
        counts = [.. units.Select(Count)];
        values = [.. units.SelectMany(i => weights.Values[weights.First[i]..weights.First[i + 1]])];
        columns = [.. units.SelectMany(i => weights.Columns[weights.First[i]..weights.First[i + 1]].Select(column => places[column]))];

        int Count(int unit) => weights.First[unit + 1] - weights.First[unit];
    }

    /// <inheritdoc />
    public override int LatentSize => scaling.Size;

    /// <inheritdoc />
    public override int MemorySize => places.Length;

    /// <inheritdoc />
    protected override Tile Begin(int members) => new Members(this, members);

    private sealed class Members(ReservoirPropagator owner, int members) : Tile(members)
    {
        private readonly int d = owner.LatentSize, n = owner.places.Length, count = members;
        private readonly float[] input = new float[owner.LatentSize * Lanes]; // [d_z, lane]
        private float[] state = new float[owner.places.Length * Lanes];       // [place of a unit, lane]
        private float[] next = new float[owner.places.Length * Lanes];

        public override void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    state[owner.places[i] * Lanes + m] = memory[m * n + i];
        }

        public override void Save(Span<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    memory[m * n + i] = state[owner.places[i] * Lanes + m];
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
            fixed (float* x = input, h = state, y = next, values = owner.values, inputs = owner.inputs)
            fixed (int* columns = owner.columns, counts = owner.counts, latents = owner.latents)
            {
                var value = values;
                var column = columns;
                for (var i = 0; i < n; i++)
                {
                    var sum = V.Of(inputs[i]) * V.Load(x + latents[i] * Lanes);
                    for (var e = counts[i]; e > 0; e--)
                        sum = V.Fused(V.Of(*value++), V.Load(h + *column++ * Lanes), sum);
                    sum.Store(y + i * Lanes);
                }
                SimdMath.Tanh(y, n * Lanes);
            }
        }

        /// <summary>The readout of the state, two latents at a time, over the units in their own order.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe void Read<V>()
            where V : unmanaged, IVector<V, float>
        {
            fixed (float* h = state, weights = owner.readout, y = input)
            fixed (int* places = owner.places)
            {
                for (var k = 0; k < d; k += 2)
                {
                    float* one = weights + k * n, other = weights + Math.Min(k + 1, d - 1) * n;
                    V sum = V.Of(0), second = V.Of(0);
                    for (var i = 0; i < n; i++)
                    {
                        var v = V.Load(h + places[i] * Lanes);
                        if (i % 2 == 0)
                            v *= v;
                        sum = V.Fused(V.Of(one[i]), v, sum);
                        second = V.Fused(V.Of(other[i]), v, second);
                    }
                    sum.Store(y + k * Lanes);
                    if (k + 1 < d)
                        second.Store(y + (k + 1) * Lanes);
                }
            }
        }
    }
}
