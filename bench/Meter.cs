using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Actors;
using LedCluster.Domain.Simd;

/// <summary>
/// Times work on the calling thread: CPU seconds, the best of several repetitions. The floor of each row is what its vector operations
/// would take at the rate of independent fused products, which is measured in turn with the work, at the machine's widest vectors: so it
/// holds on any processor, and beside whoever else uses the core.
/// </summary>
internal sealed class Meter
{
    private const int Accumulators = 12, Links = 100_000;

    private readonly ThreadClock clock = new();

    /// <summary>Prints what the machine can do, and the head of the table.</summary>
    public Meter()
    {
        ProductsPerMicrosecond = Enumerable.Range(0, 50).Max(_ => Rate());
        Console.WriteLine($"vectors of {Width} bits; floors at the rate of fused products that is measured beside each row, here {ProductsPerMicrosecond / 1000:F1} of 512 bits in a nanosecond");
        Console.WriteLine($"{"",-44}{"measured",12}{"floor",10}{"of floor",10}   floor from");
    }

    /// <summary>Fused products of 512 bits in a microsecond.</summary>
    public double ProductsPerMicrosecond { get; }

    private static int Width => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>Prints one row and returns the measured microseconds per unit.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="work">The work.</param>
    /// <param name="units">Units that one call of it does.</param>
    /// <param name="operations">Least operations per unit, on vectors of 512 bits.</param>
    /// <param name="floor">Where that number is from.</param>
    public double Row(string name, Action work, double units, double operations, string floor)
    {
        var warm = clock.Now.Wall + 0.4; // until the runtime has compiled everything to its best
        do
            work();
        while (clock.Now.Wall < warm);
        var (best, rate) = (double.PositiveInfinity, 0.0);
        for (var repetition = 0; repetition < 20; repetition++)
        {
            rate = Math.Max(rate, Rate());
            var start = clock.Now.Cpu;
            work();
            best = Math.Min(best, clock.Now.Cpu - start);
        }
        var (measured, least) = (1e6 * best / units, operations / rate);
        Console.WriteLine($"{name,-44}{measured,9:F3} µs{least,7:F3} µs{100 * least / measured,8:F0} %   {floor}");
        return measured;
    }

    /// <summary>Fused products of 512 bits in a microsecond.</summary>
    private unsafe double Rate()
    {
        var sums = stackalloc float[16];
        var start = clock.Now.Cpu;
        if (Width == 512)
            Products<Lanes512<float>>(sums);
        else if (Width == 256)
            Products<Lanes256<float>>(sums);
        else
            Products<Lanes128<float>>(sums);
        return Accumulators * Links * (Width / 512.0) / (clock.Now.Cpu - start) / 1e6;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Products<V>(float* sums)
        where V : unmanaged, IVector<V, float>
    {
        V x = V.Of(0.5f), y = V.Of(1);
        V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var link = 0; link < Links; link++)
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
