using LedCluster.Torch;
using static TorchSharp.torch;

namespace TorchSharp.Utils;

/// <summary>Copies elements between a tensor in main memory and managed arrays, in row-major order whatever the strides.</summary>
/// <typeparam name="T">The element type of the tensor.</typeparam>
public sealed unsafe class TensorAccessor<T> : IDisposable where T : unmanaged
{
    private readonly Tensor tensor;

    internal TensorAccessor(Tensor tensor)
    {
        if (TypeOf<T>() != tensor.dtype)
            throw new InvalidOperationException($"data<{typeof(T).Name}>() asked of a tensor of {tensor.dtype}; use data<{Tensor.ManagedName(tensor.dtype)}>() or convert it with to().");
        if (tensor.device.type != DeviceType.CPU)
            throw new InvalidOperationException($"data<{typeof(T).Name}>() asked of a tensor on {tensor.device}; bring it to main memory with cpu().");
        this.tensor = tensor;
    }

    /// <summary>The number of elements.</summary>
    public long Count => tensor.numel();

    /// <summary>All elements, in a new array.</summary>
    public T[] ToArray()
    {
        var copy = new T[Count];
        CopyTo(copy.AsSpan());
        return copy;
    }

    /// <summary>Copies the elements from <paramref name="tensorIndex"/> on into <paramref name="array"/> from <paramref name="arrayIndex"/> on.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies the elements from <paramref name="tensorIndex"/> on into <paramref name="array"/> from <paramref name="arrayIndex"/> on.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = Count - tensorIndex;
        if (array.Length - arrayIndex < count)
            throw new ArgumentException($"The tensor has {count} elements to copy, the array has room for {array.Length - arrayIndex}.", nameof(array));
        fixed (T* target = array)
            Native.Check(Native.led_read(tensor.Handle, target + arrayIndex, tensorIndex, count));
        GC.KeepAlive(tensor);
    }

    /// <summary>Overwrites the elements from <paramref name="tensorIndex"/> on with <paramref name="array"/> from <paramref name="arrayIndex"/> on.</summary>
    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    /// <summary>Overwrites the elements from <paramref name="tensorIndex"/> on with <paramref name="array"/> from <paramref name="arrayIndex"/> on.</summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = array.Length - arrayIndex;
        if (Count - tensorIndex < count)
            throw new ArgumentException($"The array has {count} elements to copy, the tensor has room for {Count - tensorIndex}.", nameof(array));
        fixed (T* source = array)
            Native.Check(Native.led_write(tensor.Handle, source + arrayIndex, tensorIndex, count));
        GC.KeepAlive(tensor);
    }

    /// <summary>Does nothing: the tensor belongs to whoever made it.</summary>
    public void Dispose()
    {
    }
}
