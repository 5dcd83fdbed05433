using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LedCluster.Domain.Simd;

/// <summary>A vector of 128 bits, as Arm has.</summary>
/// <typeparam name="T">Float or double.</typeparam>
public readonly unsafe struct Lanes128<T> : IVector<Lanes128<T>, T>, IWords<Lanes128<T>>
    where T : unmanaged
{
    private readonly Vector128<T> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes128(Vector128<T> lanes) => this.lanes = lanes;

    /// <inheritdoc />
    public static int Count => Vector128<T>.Count;

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Load(T* from) => new(Vector128.Load(from));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Of(T value) => new(Vector128.Create(value));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* to) => lanes.Store(to);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Fused(Lanes128<T> a, Lanes128<T> b, Lanes128<T> c) => new(typeof(T) == typeof(float)
        ? Vector128.FusedMultiplyAdd(a.lanes.AsSingle(), b.lanes.AsSingle(), c.lanes.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(a.lanes.AsDouble(), b.lanes.AsDouble(), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Fused(Lanes128<T> a, T* b, Lanes128<T> c) => new(typeof(T) == typeof(float)
        ? Vector128.FusedMultiplyAdd(a.lanes.AsSingle(), Vector128.Load((float*)b), c.lanes.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(a.lanes.AsDouble(), Vector128.Load((double*)b), c.lanes.AsDouble()).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Max(Lanes128<T> x, Lanes128<T> y) => new(Vector128.MaxNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Min(Lanes128<T> x, Lanes128<T> y) => new(Vector128.MinNative(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Positive(Lanes128<T> x, Lanes128<T> y) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(x.lanes, Vector128<T>.Zero), x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> PowerOfTwo(Lanes128<T> a, Lanes128<T> b) =>
        new(Vector128.ShiftLeft(a.lanes.AsInt32() - b.lanes.AsInt32() + Vector128.Create(127), 23).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Widened(float* from) => new(Doubles(from).As<double, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Sqrt(Lanes128<T> x) => new(Vector128.Sqrt(x.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Greater(Lanes128<T> x, Lanes128<T> y) => new(Vector128.GreaterThan(x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> Select(Lanes128<T> mask, Lanes128<T> x, Lanes128<T> y) => new(Vector128.ConditionalSelect(mask.lanes, x.lanes, y.lanes));

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator +(Lanes128<T> a, Lanes128<T> b) => new(a.lanes + b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> x) => new(-x.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator -(Lanes128<T> a, Lanes128<T> b) => new(a.lanes - b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator *(Lanes128<T> a, Lanes128<T> b) => new(a.lanes * b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator /(Lanes128<T> a, Lanes128<T> b) => new(a.lanes / b.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator ^(Lanes128<T> x, Lanes128<T> y) => new(x.lanes ^ y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> operator &(Lanes128<T> x, Lanes128<T> y) => new(x.lanes & y.lanes);

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> OfWord(uint word) => new(Vector128.Create(word).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> AddWords(Lanes128<T> x, Lanes128<T> y) => new((x.lanes.AsUInt32() + y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> SubtractWords(Lanes128<T> x, Lanes128<T> y) => new((x.lanes.AsUInt32() - y.lanes.AsUInt32()).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ShiftLeft(Lanes128<T> x, int bits) => new(Vector128.ShiftLeft(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ShiftRight(Lanes128<T> x, int bits) => new(Vector128.ShiftRightLogical(x.lanes.AsUInt32(), bits).As<uint, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ShiftRightSigned(Lanes128<T> x, int bits) => new(Vector128.ShiftRightArithmetic(x.lanes.AsInt32(), bits).As<int, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128<T> ToSingle(Lanes128<T> x) => new(Vector128.ConvertToSingle(x.lanes.AsInt32()).As<float, T>());

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128<T> Low, Lanes128<T> High) Product(Lanes128<T> x, uint factor)
    {
        var (wide, by) = (x.lanes.AsUInt64(), Vector128.Create((ulong)factor));
        var (even, odd) = (Wide(wide, by), Wide(Vector128.ShiftRightLogical(wide, 32), by));
        return (new(Merged(even, Vector128.ShiftLeft(odd, 32)).As<uint, T>()), new(Merged(Vector128.ShiftRightLogical(even, 32), odd).As<uint, T>()));
    }

    /// <summary>Products of the low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Wide(Vector128<ulong> x, Vector128<ulong> y) =>
        Sse2.IsSupported ? Sse2.Multiply(x.AsUInt32(), y.AsUInt32()) : (x & Vector128.Create(0xFFFFFFFFUL)) * y;

    /// <summary>Low halves of the one, high halves of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Merged(Vector128<ulong> even, Vector128<ulong> odd) =>
        Avx2.IsSupported ? Avx2.Blend(even.AsUInt32(), odd.AsUInt32(), 0b1010)
            : Vector128.ConditionalSelect(Vector128.Create(0xFFFFFFFF00000000UL).AsUInt32(), odd.AsUInt32(), even.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Doubles(float* from) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(double*)from).AsSingle());
}
