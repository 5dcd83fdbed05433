using LedCluster.Torch;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>One number, as a tensor without dimensions. float32.</summary>
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) =>
        Copied<float>([scalar], [], null, device, requires_grad);

    /// <summary>A vector, copied. float32 unless stated.</summary>
    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<float>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of the given shape, copied in row-major order. float32 unless stated.</summary>
    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<float>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A matrix, copied in row-major order. float32 unless stated.</summary>
    public static Tensor tensor(float[] rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<float>(rawArray, [rows, columns], dtype, device, requires_grad);

    /// <summary>A matrix, copied. float32 unless stated.</summary>
    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (float* first = rawArray)
            return Copied<float>(new(first, rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad);
    }

    /// <summary>One number, as a tensor without dimensions. float64 unless stated.</summary>
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<double>([scalar], [], dtype, device, requires_grad);

    /// <summary>A vector, copied. float64 unless stated.</summary>
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<double>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of the given shape, copied in row-major order. float64 unless stated.</summary>
    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<double>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A matrix, copied in row-major order. float64 unless stated.</summary>
    public static Tensor tensor(double[] rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<double>(rawArray, [rows, columns], dtype, device, requires_grad);

    /// <summary>A matrix, copied. float64 unless stated.</summary>
    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (double* first = rawArray)
            return Copied<double>(new(first, rawArray.Length), [rawArray.GetLength(0), rawArray.GetLength(1)], dtype, device, requires_grad);
    }

    /// <summary>One number, as a tensor without dimensions. int64 unless stated.</summary>
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<long>([scalar], [], dtype, device, requires_grad);

    /// <summary>A vector, copied. int64 unless stated.</summary>
    public static Tensor tensor(long[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<long>(rawArray, [rawArray.Length], dtype, device, requires_grad);

    /// <summary>A tensor of the given shape, copied in row-major order. int64 unless stated.</summary>
    public static Tensor tensor(long[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<long>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>A matrix, copied in row-major order. int64 unless stated.</summary>
    public static Tensor tensor(long[] rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Copied<long>(rawArray, [rows, columns], dtype, device, requires_grad);

    private static Tensor Copied<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType? dtype, Device? device, bool requires_grad)
        where T : unmanaged
    {
        var expected = 1L;
        foreach (var dimension in dimensions)
            expected *= dimension;
        if (values.Length != expected)
            throw new ArgumentException($"A tensor of shape [{string.Join(", ", dimensions.ToArray())}] takes {expected} numbers, got {values.Length}.", nameof(dimensions));

        var type = TypeOf<T>();
        fixed (T* data = values)
        fixed (long* shape = dimensions)
            return Made(Native.led_from_memory(data, shape, dimensions.Length, (int)type, Placement.Of(dtype ?? type, device)), requires_grad);
    }
}
