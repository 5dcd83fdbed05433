using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LedCluster.Domain.Simd;

namespace LedCluster.Solvers.SemilinearPeriodic;

/// <summary>
/// Discrete Fourier transform of n real numbers, û_k = Σ_j u_j e^{−2πijk/n}, for as many members at once as a
/// vector has lanes: it holds one point or mode of each. n is even and a product of 2, 3, 5, 7, 11 and 13.
/// </summary>
/// <remarks>
/// <para>Of a library transform, members could only be the outer loop; with members in the lanes, every operation of the
/// transform is one vector operation, nothing is ever shuffled, and no lane sees another.</para>
/// <para>Half spectrum, stored in n places h: Re û_k at h = k for k = 0..n/2, Im û_k at h = n − k for k = 1..n/2 − 1. The
/// conjugate half is not stored, so that the field is real by construction.</para>
/// <para>Decimation in time. After some passes there are m transforms S_r, r = 0..m−1, of length ℓ = n/m, one of every m-th
/// point from r on, stored [h][r]. A pass of radix p combines p of them:
/// S'_r[k + ℓq] = Σ_s e^{−2πisq/p} e^{−2πisk/(pℓ)} S_{r+ms}[k], r = 0..m/p − 1. Since r is contiguous and h comes out in order,
/// data are never permuted. An inverse transform runs the passes backwards, times n.</para>
/// <para>n = 64: three passes of radix 4, 464 additions and fused or plain products, 192 loads and 192 stores.</para>
/// </remarks>
internal sealed unsafe class RealTransform
{
    private const int LargestPrime = 13;
    private readonly ImmutableArray<Pass> passes;
    private readonly double[] tables; // pinned

    /// <summary>Plans transforms of n points.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n has an unsuitable factor.</exception>
    public RealTransform(int n)
    {
        Points = n;
        var radices = Radices(n);
        var numbers = new List<double>();
        var lengths = new List<(int Radix, int ℓ, int Roots, int Twiddles)>();
        var ℓ = 1;
        foreach (var p in radices)
        {
            var roots = numbers.Count;
            for (var j = 0; j < p; j++)
                numbers.AddRange([Math.Cos(2 * Math.PI * j / p), Math.Sin(2 * Math.PI * j / p)]);
            lengths.Add((p, ℓ, roots, numbers.Count));
            for (var k = 1; 2 * k < ℓ; k++)
                for (var s = 1; s < p; s++)
                    numbers.AddRange([Math.Cos(2 * Math.PI * k * s / (p * ℓ)), Math.Sin(2 * Math.PI * k * s / (p * ℓ))]);
            ℓ *= p;
        }
        tables = GC.AllocateUninitializedArray<double>(numbers.Count, pinned: true);
        numbers.CopyTo(tables);
        var origin = (double*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(tables));
        passes = [.. lengths.Select(l => new Pass(l.Radix, l.ℓ, n / (l.Radix * l.ℓ), (nint)(origin + l.Roots), (nint)(origin + l.Twiddles)))];
    }

    /// <summary>Number of points n.</summary>
    public int Points { get; }

    /// <summary>Transforms forwards; the result lies in one of two buffers, both of which are overwritten.</summary>
    /// <param name="u">[n][lane].</param>
    /// <param name="first">One buffer, [n][lane].</param>
    /// <param name="second">The other.</param>
    /// <returns>The buffer with û, [h][lane].</returns>
    public V* Forward<V>(V* u, V* first, V* second)
        where V : unmanaged, IVector<V, double>
    {
        foreach (var pass in passes)
        {
            pass.Forward(u, first);
            u = first;
            first = second;
            second = u;
        }
        GC.KeepAlive(tables);
        return u;
    }

    /// <summary>Transforms backwards, times n; parameters as in <see cref="Forward"/>.</summary>
    public V* Inverse<V>(V* û, V* first, V* second)
        where V : unmanaged, IVector<V, double>
    {
        for (var i = passes.Length - 1; i >= 0; i--)
        {
            passes[i].Inverse(û, first);
            û = first;
            first = second;
            second = û;
        }
        GC.KeepAlive(tables);
        return û;
    }

    /// <summary>F[f(u)] with u_j = Σ_k û_k e^{+2πijk/n}.</summary>
    /// <param name="û">[h][lane]; unchanged unless it is also the output.</param>
    /// <param name="output">[h][lane]; may be <paramref name="û"/>.</param>
    /// <param name="buffer">Overwritten, [n][lane].</param>
    /// <param name="problem">f.</param>
    public void Pseudospectral<TProblem, V>(V* û, V* output, V* buffer, TProblem problem)
        where TProblem : struct, ISemilinearProblem
        where V : unmanaged, IVector<V, double>
    {
        V* from = û, to = buffer;
        for (var i = passes.Length - 1; i > 0; i--)
        {
            passes[i].Inverse(from, to);
            from = to;
            to = from == buffer ? output : buffer;
        }
        to = from == û ? output : from;
        passes[0].Pointwise(from, to, problem);
        for (var i = 1; i < passes.Length; i++) // as many as came before, so that the last one ends at output
        {
            from = to;
            to = from == buffer ? output : buffer;
            passes[i].Forward(from, to);
        }
        GC.KeepAlive(tables);
    }

    /// <summary>Odd factors first, then fours, and a two at the end if need be.</summary>
    private static List<int> Radices(int n)
    {
        var (radices, rest) = (new List<int>(), n);
        for (var p = 3; p <= LargestPrime; p += 2)
            for (; n > 0 && rest % p == 0; rest /= p)
                radices.Add(p);
        for (; n > 0 && rest % 4 == 0; rest /= 4)
            radices.Add(4);
        if (rest == 2 && radices.Count > 0)
            (rest, radices) = (1, [.. radices, 2]);
        return rest == 1 && n % 2 == 0 ? radices : throw new ArgumentOutOfRangeException(
            nameof(n), n, $"A periodic grid of {n} points cannot be transformed; give an even number from 4 on whose prime factors are 2, 3, 5, "
                + $"7, 11 and 13, for example {Nearest(n)}.");
    }

    /// <summary>The next power of two.</summary>
    private static int Nearest(int n) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, n));

    private readonly record struct Pass(int Radix, int ℓ, int M, nint Roots, nint Twiddles)
    {
        public void Forward<V>(V* x, V* y)
            where V : unmanaged, IVector<V, double>
        {
            if (Radix == 4)
                Radix4.Forward(x, y, ℓ, M, (double*)Twiddles);
            else if (Radix == 2)
                Radix2.Forward(x, y, ℓ, M, (double*)Twiddles);
            else
                OddRadix.Forward(Radix, (double*)Roots, x, y, ℓ, M, (double*)Twiddles);
        }

        public void Inverse<V>(V* y, V* x)
            where V : unmanaged, IVector<V, double>
        {
            if (Radix == 4)
                Radix4.Inverse(y, x, ℓ, M, (double*)Twiddles);
            else if (Radix == 2)
                Radix2.Inverse(y, x, ℓ, M, (double*)Twiddles);
            else
                OddRadix.Inverse(Radix, (double*)Roots, y, x, ℓ, M, (double*)Twiddles);
        }

        /// <summary>Inverse, f and forward of the pass with ℓ = 1, which works on groups of p places and so may work in place.</summary>
        public void Pointwise<TProblem, V>(V* x, V* y, TProblem problem)
            where TProblem : struct, ISemilinearProblem
            where V : unmanaged, IVector<V, double>
        {
            if (Radix == 4)
                Radix4.Pointwise(x, y, M, problem);
            else
                OddRadix.Pointwise(Radix, (double*)Roots, x, y, M, problem);
        }
    }
}
