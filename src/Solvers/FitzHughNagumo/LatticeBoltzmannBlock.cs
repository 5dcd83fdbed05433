using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.FitzHughNagumo;

/// <summary>
/// A block of members on the D1Q3 lattice, stored [population][point][member]. A collision is element-wise over the flat
/// arrays, so that any number of members fills the SIMD lanes; streaming moves no data: the window of f₊ slides down by one
/// point per step, that of f₋ slides up.
/// </summary>
/// <remarks>
/// Collision: f* = f − ω(f − ρ/3) + (δt/3)R with R_u = u − u³ − v and R_v = ε(u − a₁v − a₀), evaluated as
/// f* = (1 − ω)f + g with one g per species and every product fused, so that the bits are the same at any SIMD width.
/// Walls: f₊(0) ← its own f₊*(0); f₋(N) ← the new f₊(N) = f₊*(N−1). Cost per point and step: 12 fused or plain products
/// and 4 additions, 6 loads and 6 stores.
/// </remarks>
internal sealed unsafe class LatticeBoltzmannBlock : IDisposable
{
    /// <summary>Steps between two moves of the sliding windows back to their origin.</summary>
    private const int Slide = 20;

    private readonly int points, lanes;
    private readonly AlignedMemory<double> memory;
    private readonly double* uRest, uPlus, uMinus, vRest, vPlus, vMinus;
    private readonly double keepU, keepV, gu1, gu2, gv0, gv1, gv2;

    /// <summary>Allocates a block.</summary>
    /// <param name="p">Parameters.</param>
    /// <param name="lanes">Members in the block.</param>
    public LatticeBoltzmannBlock(FitzHughNagumoParameters p, int lanes)
    {
        (points, this.lanes) = (p.Points, lanes);
        var (ωu, ωv, third) = (p.RelaxationRate(p.ActivatorDiffusion), p.RelaxationRate(p.InhibitorDiffusion), p.TimeStep / 3);
        (keepU, keepV) = (1 - ωu, 1 - ωv);
        (gu1, gu2) = (ωu / 3 + third, -third);                                                  // g_u = gu1·u + gu2·(u³ + v)
        (gv0, gv1, gv2) = (-third * p.Epsilon * p.A0, third * p.Epsilon, ωv / 3 - third * p.Epsilon * p.A1); // g_v = gv0 + gv1·u + gv2·v

        // A collision may run over the end of its window by less than one vector; the slack keeps that inside the block.
        var window = ((points + Slide) * lanes + 2 * Vector512<double>.Count - 1) / Vector512<double>.Count * Vector512<double>.Count;
        memory = new(6 * window);
        uRest = memory.Pointer;
        uPlus = uRest + window;
        uMinus = uRest + 2 * window;
        vRest = uRest + 3 * window;
        vPlus = uRest + 4 * window;
        vMinus = uRest + 5 * window;
    }

    /// <inheritdoc />
    public void Dispose() => memory.Dispose();

    /// <summary>Copies one member's populations [u: rest, plus, minus; v: rest, plus, minus][point] into its lane.</summary>
    public void Load(int lane, ReadOnlySpan<double> fine)
    {
        for (var population = 0; population < 6; population++)
        {
            var to = Origin(population) + lane;
            foreach (var value in fine.Slice(population * points, points))
            {
                *to = value;
                to += lanes;
            }
        }
    }

    /// <summary>Copies one member's populations out of its lane.</summary>
    public void Store(int lane, Span<double> fine)
    {
        for (var population = 0; population < 6; population++)
        {
            var from = Origin(population) + lane;
            foreach (ref var value in fine.Slice(population * points, points))
            {
                value = *from;
                from += lanes;
            }
        }
    }

    /// <summary>Densities ρ = f₀ + f₊ + f₋ of one member, [u, v][point].</summary>
    public void Densities(int lane, Span<double> fields)
    {
        for (var species = 0; species < 2; species++)
        {
            double* rest = Origin(3 * species) + lane, plus = Origin(3 * species + 1) + lane, minus = Origin(3 * species + 2) + lane;
            foreach (ref var density in fields.Slice(species * points, points))
            {
                density = *rest + *plus + *minus;
                rest += lanes;
                plus += lanes;
                minus += lanes;
            }
        }
    }

    /// <summary>Advances all members of the block by some lattice steps.</summary>
    public void Step(int steps)
    {
        if (Vector512.IsHardwareAccelerated)
            Step<Lanes512<double>>(steps);
        else if (Vector256.IsHardwareAccelerated)
            Step<Lanes256<double>>(steps);
        else
            Step<Lanes128<double>>(steps);
    }

    /// <summary>The same with vectors of one width.</summary>
    internal void Step<V>(int steps)
        where V : unmanaged, IVector<V, double>
    {
        for (var left = steps; left > 0; left -= Slide)
        {
            var now = Math.Min(left, Slide);
            for (var s = 0; s < now; s++)
            {
                int plus = (Slide - s) * lanes, minus = s * lanes;
                Collide<V>(uPlus + plus, uMinus + minus, vPlus + plus, vMinus + minus);
                Wall<V>(uPlus + plus, uMinus + minus);
                Wall<V>(vPlus + plus, vMinus + minus);
            }
            Rewind(now);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Collide<V>(double* uPlus, double* uMinus, double* vPlus, double* vMinus)
        where V : unmanaged, IVector<V, double>
    {
        V keepU = V.Of(this.keepU), keepV = V.Of(this.keepV), gu1 = V.Of(this.gu1), gu2 = V.Of(this.gu2);
        V gv0 = V.Of(this.gv0), gv1 = V.Of(this.gv1), gv2 = V.Of(this.gv2);
        double* uRest = this.uRest, vRest = this.vRest;
        for (int i = 0, n = points * lanes; i < n; i += V.Count)
        {
            V u0 = V.Load(uRest + i), up = V.Load(uPlus + i), um = V.Load(uMinus + i);
            V v0 = V.Load(vRest + i), vp = V.Load(vPlus + i), vm = V.Load(vMinus + i);
            var u = u0 + up + um;
            var v = v0 + vp + vm;
            var gu = V.Fused(gu2, V.Fused(u * u, u, v), gu1 * u);
            var gv = V.Fused(gv1, u, V.Fused(gv2, v, gv0));
            V.Fused(keepU, u0, gu).Store(uRest + i);
            V.Fused(keepU, up, gu).Store(uPlus + i);
            V.Fused(keepU, um, gu).Store(uMinus + i);
            V.Fused(keepV, v0, gv).Store(vRest + i);
            V.Fused(keepV, vp, gv).Store(vPlus + i);
            V.Fused(keepV, vm, gv).Store(vMinus + i);
        }
    }

    /// <summary>The two values that streaming leaves open, written where the slid windows will look for them.</summary>
    private void Wall<V>(double* plus, double* minus)
        where V : unmanaged, IVector<V, double>
    {
        if (lanes == V.Count)
        {
            V.Load(plus).Store(plus - lanes);
            V.Load(plus + (points - 2) * lanes).Store(minus + points * lanes);
            return;
        }
        for (var lane = 0; lane < lanes; lane++)
        {
            plus[lane - lanes] = plus[lane];
            minus[points * lanes + lane] = plus[(points - 2) * lanes + lane];
        }
    }

    /// <summary>Moves the slid windows back to their origin.</summary>
    private void Rewind(int slid)
    {
        var bytes = points * lanes * sizeof(double);
        foreach (var plus in (ReadOnlySpan<nint>)[(nint)uPlus, (nint)vPlus])
            Buffer.MemoryCopy((double*)plus + (Slide - slid) * lanes, (double*)plus + Slide * lanes, bytes, bytes);
        foreach (var minus in (ReadOnlySpan<nint>)[(nint)uMinus, (nint)vMinus])
            Buffer.MemoryCopy((double*)minus + slid * lanes, (double*)minus, bytes, bytes);
    }

    private double* Origin(int population) => population switch
    {
        0 => uRest,
        1 => uPlus + Slide * lanes,
        2 => uMinus,
        3 => vRest,
        4 => vPlus + Slide * lanes,
        _ => vMinus,
    };
}
