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
    private readonly int[] places; // of unit i
    private readonly Connection[] connections; // of the unit at each place: its input, then its recurrent weights
    private readonly int[] counts; // of the recurrent weights of the unit at each place

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
        counts = [.. units.Select(Count)];
        connections = [.. units.SelectMany(i => (IEnumerable<Connection>)
        [
            new(i / (weights.Units / weights.Latents) * Lanes, weights.Input[i]),
            .. Enumerable.Range(weights.First[i], Count(i)).Select(e => new Connection(places[weights.Columns[e]] * Lanes, weights.Values[e])),
        ])];

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
        private readonly AlignedMemory<float> input = new(owner.LatentSize * Lanes); // [d_z, lane]
        private AlignedMemory<float> state = new(owner.places.Length * Lanes);       // [place of a unit, lane]
        private AlignedMemory<float> next = new(owner.places.Length * Lanes);

        public override void Dispose()
        {
            input.Dispose();
            state.Dispose();
            next.Dispose();
        }

        public override void Load(ReadOnlySpan<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    state.Span[owner.places[i] * Lanes + m] = memory[m * n + i];
        }

        public override void Save(Span<float> memory)
        {
            for (var m = 0; m < count; m++)
                for (var i = 0; i < n; i++)
                    memory[m * n + i] = state.Span[owner.places[i] * Lanes + m];
        }

        public override void Consume(ReadOnlySpan<float> latents)
        {
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    input.Span[k * Lanes + m] = 2 * ((latents[m * d + k] - owner.scaling.Low[k]) / (owner.scaling.High[k] - owner.scaling.Low[k])) - 1;
            if (Vector512.IsHardwareAccelerated)
                Advance<Lanes512<float>>();
            else if (Vector256.IsHardwareAccelerated)
                Advance<Lanes256<float>>();
            else
                Advance<Twin<Lanes128<float>, float>>();
            (state, next) = (next, state);
        }

        public override void Predict(Span<float> latents)
        {
            if (Vector512.IsHardwareAccelerated)
                Read<Lanes512<float>>();
            else if (Vector256.IsHardwareAccelerated)
                Read<Lanes256<float>>();
            else
                Read<Twin<Lanes128<float>, float>>();
            for (var m = 0; m < count; m++)
                for (var k = 0; k < d; k++)
                    latents[m * d + k] = MathF.FusedMultiplyAdd(
                        0.5f * (input.Span[k * Lanes + m] + 1), owner.scaling.High[k] - owner.scaling.Low[k], owner.scaling.Low[k]);
        }

        /// <summary>The next state, of the input and the present one. A row is one vector or two.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe void Advance<V>()
            where V : unmanaged, IVector<V, float>
        {
            float* x = input.Pointer, h = state.Pointer, y = next.Pointer;
            fixed (Connection* all = owner.connections)
            fixed (int* counts = owner.counts)
            {
                var c = all;
                for (var i = 0; i < n; i++, y += Lanes)
                {
                    var weight = V.Of(c->Weight);
                    V sum = weight * V.Load(x + c->From), second = V.Count < Lanes ? weight * V.Load(x + c->From + V.Count) : sum;
                    c++;
                    for (var end = c + counts[i]; c < end; c++)
                    {
                        var from = h + c->From;
                        weight = V.Of(c->Weight);
                        sum = V.Fused(weight, from, sum);
                        if (V.Count < Lanes)
                            second = V.Fused(weight, from + V.Count, second);
                    }
                    Store(y, sum, second);
                }
                SimdMath.Tanh(next.Pointer, n * Lanes);
            }
        }

        /// <summary>The readout of the state, two latents at a time, over the units in their own order.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe void Read<V>()
            where V : unmanaged, IVector<V, float>
        {
            float* h = state.Pointer, y = input.Pointer;
            fixed (float* weights = owner.readout)
            fixed (int* places = owner.places)
                for (var k = 0; k < d; k += 2)
                {
                    float* one = weights + k * n, other = weights + Math.Min(k + 1, d - 1) * n;
                    V a0 = V.Of(0), a1 = a0, b0 = a0, b1 = a0;
                    for (var i = 0; i < n; i++)
                    {
                        var from = h + places[i] * Lanes;
                        V v0 = V.Load(from), v1 = V.Count < Lanes ? V.Load(from + V.Count) : v0;
                        if (i % 2 == 0)
                            (v0, v1) = (v0 * v0, v1 * v1);
                        V first = V.Of(one[i]), second = V.Of(other[i]);
                        a0 = V.Fused(v0, first, a0);
                        b0 = V.Fused(v0, second, b0);
                        if (V.Count < Lanes)
                        {
                            a1 = V.Fused(v1, first, a1);
                            b1 = V.Fused(v1, second, b1);
                        }
                    }
                    Store(y + k * Lanes, a0, a1);
                    if (k + 1 < d)
                        Store(y + (k + 1) * Lanes, b0, b1);
                }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe void Store<V>(float* y, V first, V second)
            where V : unmanaged, IVector<V, float>
        {
            first.Store(y);
            if (V.Count < Lanes)
                second.Store(y + V.Count);
        }
    }

    /// <summary>A weight, and where the row of what it weighs begins, in numbers.</summary>
    private readonly record struct Connection(int From, float Weight);
}
