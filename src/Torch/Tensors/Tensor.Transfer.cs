using LedCluster.Torch;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>This tensor on another device; shares storage when it is there already.</summary>
        public Tensor to(Device device) => to(dtype, device);

        /// <summary>This tensor with another element type.</summary>
        public Tensor to(ScalarType type) => to(type, device);

        /// <summary>This tensor with another element type on another device.</summary>
        public Tensor to(ScalarType type, Device device, bool copy = false) =>
            From(Native.led_to(Handle, Placement.Of(type, device), copy ? 1 : 0), this);

        /// <summary>This tensor in main memory.</summary>
        public Tensor cpu() => to(CPU);

        /// <summary>This tensor on a CUDA device; the current one when null.</summary>
        public Tensor cuda(Device? device = null) => to(device ?? CUDA);

        /// <summary>The elements, to be copied in and out.</summary>
        /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the element type, or the tensor is not in main memory.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged => new(this);

        /// <summary>The only element.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the element type.</exception>
        public T item<T>() where T : unmanaged
        {
            if (TypeOf<T>() != dtype)
                throw new ArgumentException($"item<{typeof(T).Name}>() asked of a tensor of {dtype}; use item<{ManagedName(dtype)}>(), ToSingle() or ToDouble().");
            var (real, integer) = Item();
            return dtype switch
            {
                ScalarType.Float32 => Reinterpret<float, T>((float)real),
                ScalarType.Float64 => Reinterpret<double, T>(real),
                ScalarType.Bool => Reinterpret<bool, T>(integer != 0),
                _ => *(T*)&integer, // little-endian: the low bytes come first
            };
        }

        /// <summary>The only element, both as a real and as an integer number.</summary>
        internal (double Real, long Integer) Item()
        {
            double real;
            long integer;
            Native.Check(Native.led_item(Handle, &real, &integer));
            GC.KeepAlive(this);
            return (real, integer);
        }

        private static TTo Reinterpret<TFrom, TTo>(TFrom value) where TFrom : unmanaged where TTo : unmanaged => *(TTo*)&value;

        internal static string ManagedName(ScalarType type) => type switch
        {
            ScalarType.Float32 => "float",
            ScalarType.Float64 => "double",
            ScalarType.Int64 => "long",
            ScalarType.Int32 => "int",
            _ => type.ToString(),
        };
    }
}
