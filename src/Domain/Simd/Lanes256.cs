using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LedCluster.Domain.Simd;

/// <summary>A vector of 256 bits, as AVX2 has.</summary>
/// <typeparam name="T">Float or double.</typeparam>
public readonly unsafe struct Lanes256<T> : IVector<Lanes256<T>, T>, IWords<Lanes256<T>>
    where T : unmanaged
{
    private readonly Vector256<T> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes256(Vector256<T> lanes) => this.lanes = lanes;

    /// <inheritdoc />
    public static int Count => Vector256<T>.Count;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Load(T* from) => new(Vector256.Load(from));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Of(T value) => new(Vector256.Create(value));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* to) => lanes.Store(to);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Fused(Lanes256<T> a, Lanes256<T> b, Lanes256<T> c) => new(typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(a.lanes.AsSingle(), b.lanes.AsSingle(), c.lanes.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(a.lanes.AsDouble(), b.lanes.AsDouble(), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Fused(Lanes256<T> a, T* b, Lanes256<T> c) => new(typeof(T) == typeof(float)
        ? Vector256.FusedMultiplyAdd(a.lanes.AsSingle(), Vector256.Load((float*)b), c.lanes.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(a.lanes.AsDouble(), Vector256.Load((double*)b), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Max(Lanes256<T> x, Lanes256<T> y) => new(Vector256.MaxNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Min(Lanes256<T> x, Lanes256<T> y) => new(Vector256.MinNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Positive(Lanes256<T> x, Lanes256<T> y) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(x.lanes, Vector256<T>.Zero), x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> PowerOfTwo(Lanes256<T> a, Lanes256<T> b) =>
        new(Vector256.ShiftLeft(a.lanes.AsInt32() - b.lanes.AsInt32() + Vector256.Create(127), 23).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Widened(float* from) => new(Doubles(from).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Sqrt(Lanes256<T> x) => new(Vector256.Sqrt(x.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Greater(Lanes256<T> x, Lanes256<T> y) => new(Vector256.GreaterThan(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Select(Lanes256<T> mask, Lanes256<T> x, Lanes256<T> y) => new(Vector256.ConditionalSelect(mask.lanes, x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator +(Lanes256<T> a, Lanes256<T> b) => new(a.lanes + b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> x) => new(-x.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator -(Lanes256<T> a, Lanes256<T> b) => new(a.lanes - b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator *(Lanes256<T> a, Lanes256<T> b) => new(a.lanes * b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator /(Lanes256<T> a, Lanes256<T> b) => new(a.lanes / b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator ^(Lanes256<T> x, Lanes256<T> y) => new(x.lanes ^ y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator &(Lanes256<T> x, Lanes256<T> y) => new(x.lanes & y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> OfWord(uint word) => new(Vector256.Create(word).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> AddWords(Lanes256<T> x, Lanes256<T> y) => new((x.lanes.AsUInt32() + y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> SubtractWords(Lanes256<T> x, Lanes256<T> y) => new((x.lanes.AsUInt32() - y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ShiftLeft(Lanes256<T> x, int bits) => new(Vector256.ShiftLeft(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ShiftRight(Lanes256<T> x, int bits) => new(Vector256.ShiftRightLogical(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ShiftRightSigned(Lanes256<T> x, int bits) => new(Vector256.ShiftRightArithmetic(x.lanes.AsInt32(), bits).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> ToSingle(Lanes256<T> x) => new(Vector256.ConvertToSingle(x.lanes.AsInt32()).As<float, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256<T> Low, Lanes256<T> High) Product(Lanes256<T> x, uint factor)
    {
        var (wide, by) = (x.lanes.AsUInt64(), Vector256.Create((ulong)factor));
        var (even, odd) = (Wide(wide, by), Wide(Vector256.ShiftRightLogical(wide, 32), by));
        return (new(Merged(even, Vector256.ShiftLeft(odd, 32)).As<uint, T>()), new(Merged(Vector256.ShiftRightLogical(even, 32), odd).As<uint, T>()));
    }

    /// <summary>Products of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Wide(Vector256<ulong> x, Vector256<ulong> y) =>
        Avx2.IsSupported ? Avx2.Multiply(x.AsUInt32(), y.AsUInt32()) : (x & Vector256.Create(0xFFFFFFFFUL)) * y;

    /// <summary>Low halves of the one, high halves of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Merged(Vector256<ulong> even, Vector256<ulong> odd) =>
        Avx2.IsSupported ? Avx2.Blend(even.AsUInt32(), odd.AsUInt32(), 0b10101010)
            : Vector256.ConditionalSelect(Vector256.Create(0xFFFFFFFF00000000UL).AsUInt32(), odd.AsUInt32(), even.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Doubles(float* from) => Avx.IsSupported ? Avx.ConvertToVector256Double(Vector128.Load(from))
        : Vector256.Create(Vector128.WidenLower(Vector128.Load(from)), Vector128.WidenUpper(Vector128.Load(from)));
}
