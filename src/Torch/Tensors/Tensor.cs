using System.Diagnostics.CodeAnalysis;
using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A multi-dimensional array of one element type on one device, held by libtorch. It belongs to the
    /// innermost <see cref="DisposeScope"/> of the thread that made it, if there is one.
    /// </summary>
    public unsafe partial class Tensor : IDisposable
    {
        private static long totalCount;
        private nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            Interlocked.Increment(ref totalCount);
            DisposeScope.Current?.Include(this);
        }

        /// <summary>Releases the native tensor when nobody did.</summary>
        ~Tensor() => Release();

        /// <summary>How many tensors are alive: made, and neither disposed of nor collected. For leak tests.</summary>
        public static long TotalCount => Interlocked.Read(ref totalCount);

        /// <summary>Whether the tensor has been disposed of.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>The native tensor.</summary>
        /// <exception cref="ObjectDisposedException">The tensor has been disposed of.</exception>
        public nint Handle
        {
            get
            {
                var value = handle;
                if (value == 0)
                    ThrowDisposed();
                return value;
            }
        }

        internal DisposeScope? Scope { get; set; }

        internal int ScopeIndex { get; set; }

        /// <summary>The sizes of the dimensions.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[Native.led_dim(Handle)];
                fixed (long* target = sizes)
                    Native.led_shape(Handle, target);
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>The number of dimensions.</summary>
        public long ndim => dim();

        /// <summary>The number of elements.</summary>
        public long NumberOfElements => numel();

        /// <summary>The element type.</summary>
        public ScalarType dtype => (ScalarType)Kept(Native.led_dtype(Handle));

        /// <summary>Where the tensor lives.</summary>
        public Device device
        {
            get
            {
                int type, index;
                Native.led_device(Handle, &type, &index);
                GC.KeepAlive(this);
                return new Device((DeviceType)type, index);
            }
        }

        /// <summary>The number of dimensions.</summary>
        public long dim() => Kept(Native.led_dim(Handle));

        /// <summary>The number of elements.</summary>
        public long numel() => Kept(Native.led_numel(Handle));

        /// <summary>The size of one dimension; negative counts from the last.</summary>
        public long size(int dim) => shape[dim < 0 ? dim + (int)ndim : dim];

        /// <summary>Whether the elements lie in memory in row-major order without gaps.</summary>
        public bool is_contiguous() => Kept(Native.led_is_contiguous(Handle)) != 0;

        /// <summary>Releases the native tensor now.</summary>
        public void Dispose()
        {
            Scope?.Exclude(this);
            Release();
            GC.SuppressFinalize(this);
        }

        /// <summary>Leaves the tensor to its holder: no scope disposes of it any more.</summary>
        public Tensor DetachFromDisposeScope() => DisposeScope.Move(this, null);

        /// <summary>Hands the tensor to the scope around its own, or to its holder if there is none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            DisposeScope.MoveOut(this);
            return this;
        }

        /// <summary>Shape, element type and device.</summary>
        public override string ToString() =>
            IsInvalid ? "Tensor (disposed)" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        /// <summary>Wraps the result of a native call, or throws what went wrong; the inputs outlive the call.</summary>
        internal static Tensor From(nint result, Tensor? a = null, Tensor? b = null, Tensor? c = null)
        {
            if (result == 0)
                throw Native.LastError();
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            GC.KeepAlive(c);
            return new Tensor(result);
        }

        /// <summary>Ends an in-place call: throws what went wrong, or returns this; the inputs outlive the call.</summary>
        private Tensor Done(int status, Tensor? a = null, Tensor? b = null)
        {
            Native.Check(status);
            GC.KeepAlive(this);
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            return this;
        }

        private T Kept<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }

        private void Release()
        {
            var released = Interlocked.Exchange(ref handle, 0);
            if (released == 0)
                return;
            Native.led_release(released);
            Interlocked.Decrement(ref totalCount);
        }

        [DoesNotReturn]
        private static void ThrowDisposed() =>
            throw new ObjectDisposedException(nameof(Tensor), "The tensor has been disposed of. Was it made inside a dispose scope that has ended? Move it out with MoveToOuterDisposeScope().");
    }
}
