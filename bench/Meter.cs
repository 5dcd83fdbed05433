using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Actors;
using LedCluster.Domain.Simd;

/// <summary>
/// Times work on the calling thread: CPU seconds, the best of several repetitions. The floor of each row is what its vector operations
/// would take at the rate of independent fused products, or its stores at the rate of stores into the first-level cache, whichever is more. Both rates
/// are measured in turn with the work, at the machine's widest vectors: so it holds on any processor, and beside whoever else uses the core.
/// </summary>
internal sealed class Meter
{
    private const int Accumulators = 12, LinkCount = 50_000;

    private readonly ThreadClock clock = new();

    /// <summary>Prints what the machine can do, and the head of the table.</summary>
    public Meter()
    {
        ProductsPerMicrosecond = Enumerable.Range(0, 50).Max(_ => Rate(stores: false));
        var stored = Enumerable.Range(0, 50).Max(_ => Rate(stores: true));
        Console.WriteLine(
            $"vectors of {Width} bits; floors at rates that are measured beside each row, here {ProductsPerMicrosecond / 1000:F1} fused "
            + $"products and {stored / 1000:F1} stores of 512 bits in a nanosecond");
        Console.WriteLine($"{"",-44}{"measured",12}{"floor",10}{"of floor",10}   floor from");
    }

    /// <summary>Fused products of 512 bits in a microsecond.</summary>
    public double ProductsPerMicrosecond { get; }

    /// <summary>Bits of the machine's widest vectors.</summary>
    public static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Prints one row and returns the measured microseconds per unit.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="work">The work.</param>
    /// <param name="units">Units that one call of it does.</param>
    /// <param name="operations">Least operations per unit, on vectors of 512 bits.</param>
    /// <param name="floor">Where that number is from.</param>
    /// <param name="stores">Least stores per unit, of vectors of 512 bits.</param>
    public double Row(string name, Action work, double units, double operations, string floor, double stores = 0)
    {
        var warm = clock.Now.Wall + 0.4; // until the runtime has compiled everything to its best
        do
            work();
        while (clock.Now.Wall < warm);
        var (best, rate, stored) = (double.PositiveInfinity, 0.0, 0.0);
        for (var repetition = 0; repetition < 20; repetition++)
        {
            (rate, stored) = (Math.Max(rate, Rate(stores: false)), Math.Max(stored, Rate(stores: true)));
            var start = clock.Now.Cpu;
            work();
            best = Math.Min(best, clock.Now.Cpu - start);
        }
        var (measured, least) = (1e6 * best / units, Math.Max(operations / rate, stores / stored));
        Console.WriteLine($"{name,-44}{measured,9:F3} µs{least,7:F3} µs{100 * least / measured,8:F0} %   {floor}");
        return measured;
    }

    /// <summary>Fused products or stores of 512 bits in a microsecond.</summary>
    private unsafe double Rate(bool stores)
    {
        var numbers = stackalloc float[16 * (Accumulators + 1)];
        numbers += 16 - (nint)numbers / sizeof(float) % 16;
        var start = clock.Now.Cpu;
        if (Width == 512)
            Links<Lanes512<float>>(numbers, stores);
        else if (Width == 256)
            Links<Lanes256<float>>(numbers, stores);
        else
            Links<Lanes128<float>>(numbers, stores);
        return Accumulators * LinkCount * (Width / 512.0) / (clock.Now.Cpu - start) / 1e6;
    }

    private static unsafe void Links<V>(float* numbers, bool stores)
        where V : unmanaged, IVector<V, float>
    {
        if (stores)
            Stores<V>(numbers);
        else
            Products<V>(numbers);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Stores<V>(float* to)
        where V : unmanaged, IVector<V, float>
    {
        var x = V.Of(0.5f);
        for (var link = 0; link < LinkCount; link++)
        {
            x.Store(to);
            x.Store(to + V.Count);
            x.Store(to + 2 * V.Count);
            x.Store(to + 3 * V.Count);
            x.Store(to + 4 * V.Count);
            x.Store(to + 5 * V.Count);
            x.Store(to + 6 * V.Count);
            x.Store(to + 7 * V.Count);
            x.Store(to + 8 * V.Count);
            x.Store(to + 9 * V.Count);
            x.Store(to + 10 * V.Count);
            x.Store(to + 11 * V.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Products<V>(float* sums)
        where V : unmanaged, IVector<V, float>
    {
        V x = V.Of(0.5f), y = V.Of(1);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var link = 0; link < LinkCount; link++)
        {
            a = V.Fused(a, x, y);
            b = V.Fused(b, x, y);
            c = V.Fused(c, x, y);
            d = V.Fused(d, x, y);
            e = V.Fused(e, x, y);
            f = V.Fused(f, x, y);
            g = V.Fused(g, x, y);
            h = V.Fused(h, x, y);
            i = V.Fused(i, x, y);
            j = V.Fused(j, x, y);
            k = V.Fused(k, x, y);
            l = V.Fused(l, x, y);
        }
        (a + b + c + d + e + f + g + h + i + j + k + l).Store(sums);
    }
}
