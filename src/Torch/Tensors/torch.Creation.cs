using LedCluster.Torch;

namespace TorchSharp;

/// <summary>libtorch under the names TorchSharp gives it: the subset this project uses.</summary>
public static unsafe partial class torch
{
    /// <summary>A tensor whose contents are whatever was in memory. float32 unless stated.</summary>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* shape = size)
            return Made(Native.led_empty(shape, size.Length, Placement.Of(dtype, device)), requires_grad);
    }

    /// <summary>A tensor of zeros. float32 unless stated.</summary>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 0, dtype, device, requires_grad);

    /// <summary>A vector of zeros.</summary>
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([size], dtype, device, requires_grad);

    /// <summary>A matrix of zeros.</summary>
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([rows, columns], dtype, device, requires_grad);

    /// <summary>A three-dimensional tensor of zeros.</summary>
    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros([dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>A tensor of ones. float32 unless stated.</summary>
    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(size, 1, dtype, device, requires_grad);

    /// <summary>A vector of ones.</summary>
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones([size], dtype, device, requires_grad);

    /// <summary>A matrix of ones.</summary>
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones([rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of one value. float32 unless stated.</summary>
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* shape = size)
            return Made(Native.led_full(shape, size.Length, value, Placement.Of(dtype ?? ScalarType.Float32, device)), requires_grad);
    }

    /// <summary>A tensor of numbers uniform in [0, 1). float32 unless stated.</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* shape = size)
            return Made(Native.led_rand(shape, size.Length, Placement.Of(dtype, device)), requires_grad);
    }

    /// <summary>A vector of numbers uniform in [0, 1).</summary>
    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        rand([size], dtype, device, requires_grad);

    /// <summary>A matrix of numbers uniform in [0, 1).</summary>
    public static Tensor rand(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        rand([rows, columns], dtype, device, requires_grad);

    /// <summary>A tensor of standard normal numbers. float32 unless stated.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* shape = size)
            return Made(Native.led_randn(shape, size.Length, Placement.Of(dtype, device)), requires_grad);
    }

    /// <summary>A vector of standard normal numbers.</summary>
    public static Tensor randn(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randn([size], dtype, device, requires_grad);

    /// <summary>A matrix of standard normal numbers.</summary>
    public static Tensor randn(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randn([rows, columns], dtype, device, requires_grad);

    /// <summary>A three-dimensional tensor of standard normal numbers.</summary>
    public static Tensor randn(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        randn([dim0, dim1, dim2], dtype, device, requires_grad);

    /// <summary>0, 1, ... below <paramref name="stop"/>. Integers count in int64, reals in float32, unless stated.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>start, start + step, ... below <paramref name="stop"/>. Integers count in int64, reals in float32, unless stated.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Made(Native.led_arange(start, stop, step, Placement.Of(dtype, device)), requires_grad);

    /// <summary>Zeros in the shape, type and place of another tensor.</summary>
    public static Tensor zeros_like(Tensor input) => Tensor.From(Native.led_zeros_like(input.Handle), input);

    /// <summary>Ones in the shape, type and place of another tensor.</summary>
    public static Tensor ones_like(Tensor input) => Tensor.From(Native.led_ones_like(input.Handle), input);

    private static Tensor Made(nint result, bool requires_grad)
    {
        var tensor = Tensor.From(result);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }
}
