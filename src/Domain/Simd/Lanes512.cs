using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LedCluster.Domain.Simd;

/// <summary>A vector of 512 bits, as AVX-512 has.</summary>
/// <typeparam name="T">Float or double.</typeparam>
public readonly unsafe struct Lanes512<T> : IVector<Lanes512<T>, T>, IWords<Lanes512<T>>
    where T : unmanaged
{
    private readonly Vector512<T> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes512(Vector512<T> lanes) => this.lanes = lanes;

    /// <inheritdoc />
    public static int Count => Vector512<T>.Count;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(T* from) => new(Vector512.Load(from));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Of(T value) => new(Vector512.Create(value));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* to) => lanes.Store(to);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Fused(Lanes512<T> a, Lanes512<T> b, Lanes512<T> c) => new(typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.lanes.AsSingle(), b.lanes.AsSingle(), c.lanes.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.lanes.AsDouble(), b.lanes.AsDouble(), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Fused(Lanes512<T> a, T* b, Lanes512<T> c) => new(typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.lanes.AsSingle(), Vector512.Load((float*)b), c.lanes.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.lanes.AsDouble(), Vector512.Load((double*)b), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Max(Lanes512<T> x, Lanes512<T> y) => new(Vector512.MaxNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Min(Lanes512<T> x, Lanes512<T> y) => new(Vector512.MinNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Positive(Lanes512<T> x, Lanes512<T> y) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(x.lanes, Vector512<T>.Zero), x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> PowerOfTwo(Lanes512<T> a, Lanes512<T> b) =>
        new(Vector512.ShiftLeft(a.lanes.AsInt32() - b.lanes.AsInt32() + Vector512.Create(127), 23).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Widened(float* from) => new(Doubles(from).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Sqrt(Lanes512<T> x) => new(Vector512.Sqrt(x.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Greater(Lanes512<T> x, Lanes512<T> y) => new(Vector512.GreaterThan(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Select(Lanes512<T> mask, Lanes512<T> x, Lanes512<T> y) => new(Vector512.ConditionalSelect(mask.lanes, x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> a, Lanes512<T> b) => new(a.lanes + b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> x) => new(-x.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator -(Lanes512<T> a, Lanes512<T> b) => new(a.lanes - b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator *(Lanes512<T> a, Lanes512<T> b) => new(a.lanes * b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator /(Lanes512<T> a, Lanes512<T> b) => new(a.lanes / b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator ^(Lanes512<T> x, Lanes512<T> y) => new(x.lanes ^ y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator &(Lanes512<T> x, Lanes512<T> y) => new(x.lanes & y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> OfWord(uint word) => new(Vector512.Create(word).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> AddWords(Lanes512<T> x, Lanes512<T> y) => new((x.lanes.AsUInt32() + y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> SubtractWords(Lanes512<T> x, Lanes512<T> y) => new((x.lanes.AsUInt32() - y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftLeft(Lanes512<T> x, int bits) => new(Vector512.ShiftLeft(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftRight(Lanes512<T> x, int bits) => new(Vector512.ShiftRightLogical(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ShiftRightSigned(Lanes512<T> x, int bits) => new(Vector512.ShiftRightArithmetic(x.lanes.AsInt32(), bits).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> ToSingle(Lanes512<T> x) => new(Vector512.ConvertToSingle(x.lanes.AsInt32()).As<float, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512<T> Low, Lanes512<T> High) Product(Lanes512<T> x, uint factor)
    {
        var (wide, by) = (x.lanes.AsUInt64(), Vector512.Create((ulong)factor));
        var (even, odd) = (Wide(wide, by), Wide(Vector512.ShiftRightLogical(wide, 32), by));
        return (new(Merged(even, Vector512.ShiftLeft(odd, 32)).As<uint, T>()), new(Merged(Vector512.ShiftRightLogical(even, 32), odd).As<uint, T>()));
    }

    /// <summary>Products of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Wide(Vector512<ulong> x, Vector512<ulong> y) =>
        Avx512F.IsSupported ? Avx512F.Multiply(x.AsUInt32(), y.AsUInt32()) : (x & Vector512.Create(0xFFFFFFFFUL)) * y;

    /// <summary>Low halves of the one, high halves of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Merged(Vector512<ulong> even, Vector512<ulong> odd) =>
        Vector512.ConditionalSelect(Vector512.Create(0xFFFFFFFF00000000UL).AsUInt32(), odd.AsUInt32(), even.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Doubles(float* from) => Avx512F.IsSupported ? Avx512F.ConvertToVector512Double(Vector256.Load(from))
        : Vector512.Create(Vector256.WidenLower(Vector256.Load(from)), Vector256.WidenUpper(Vector256.Load(from)));
}
