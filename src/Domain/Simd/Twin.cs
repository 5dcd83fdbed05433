using System.Runtime.CompilerServices;

namespace LedCluster.Domain.Simd;

/// <summary>Two vectors that go through the same operations: constants are read once for both, and the latency of the one hides that of the other.</summary>
/// <typeparam name="V">The vector.</typeparam>
/// <typeparam name="T">Float or double.</typeparam>
public readonly unsafe struct Twin<V, T> : IVector<Twin<V, T>, T>
    where V : unmanaged, IVector<V, T>
    where T : unmanaged
{
    private readonly V a, b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Twin(V a, V b) => (this.a, this.b) = (a, b);

    /// <inheritdoc />
    public static int Count => 2 * V.Count;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Load(T* from) => new(V.Load(from), V.Load(from + V.Count));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Of(T value)
    {
        var v = V.Of(value);
        return new(v, v);
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* to)
    {
        a.Store(to);
        b.Store(to + V.Count);
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Fused(Twin<V, T> a, Twin<V, T> b, Twin<V, T> c) => new(V.Fused(a.a, b.a, c.a), V.Fused(a.b, b.b, c.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Fused(Twin<V, T> a, T* b, Twin<V, T> c) => new(V.Fused(a.a, b, c.a), V.Fused(a.b, b + V.Count, c.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Max(Twin<V, T> x, Twin<V, T> y) => new(V.Max(x.a, y.a), V.Max(x.b, y.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Min(Twin<V, T> x, Twin<V, T> y) => new(V.Min(x.a, y.a), V.Min(x.b, y.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Positive(Twin<V, T> x, Twin<V, T> y) => new(V.Positive(x.a, y.a), V.Positive(x.b, y.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> PowerOfTwo(Twin<V, T> a, Twin<V, T> b) => new(V.PowerOfTwo(a.a, b.a), V.PowerOfTwo(a.b, b.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Widened(float* from) => new(V.Widened(from), V.Widened(from + V.Count));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Sqrt(Twin<V, T> x) => new(V.Sqrt(x.a), V.Sqrt(x.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Greater(Twin<V, T> x, Twin<V, T> y) => new(V.Greater(x.a, y.a), V.Greater(x.b, y.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> Select(Twin<V, T> mask, Twin<V, T> x, Twin<V, T> y) => new(V.Select(mask.a, x.a, y.a), V.Select(mask.b, x.b, y.b));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> operator +(Twin<V, T> x, Twin<V, T> y) => new(x.a + y.a, x.b + y.b);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> operator -(Twin<V, T> x) => new(-x.a, -x.b);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> operator -(Twin<V, T> x, Twin<V, T> y) => new(x.a - y.a, x.b - y.b);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> operator *(Twin<V, T> x, Twin<V, T> y) => new(x.a * y.a, x.b * y.b);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Twin<V, T> operator /(Twin<V, T> x, Twin<V, T> y) => new(x.a / y.a, x.b / y.b);
}
