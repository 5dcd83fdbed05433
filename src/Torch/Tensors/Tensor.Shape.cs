using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The transpose of a matrix, as a view.</summary>
        public Tensor t() => From(Native.led_t(Handle), this);

        /// <summary>Two dimensions exchanged, as a view.</summary>
        public Tensor transpose(long dim0, long dim1) => From(Native.led_transpose(Handle, dim0, dim1), this);

        /// <summary>The same elements in another shape; one size may be −1. Copies when it must.</summary>
        public Tensor reshape(params long[] shape)
        {
            fixed (long* sizes = shape)
                return From(Native.led_reshape(Handle, sizes, shape.Length), this);
        }

        /// <summary>The same elements in another shape; one size may be −1. Never copies: throws when it would have to.</summary>
        public Tensor view(params long[] shape)
        {
            fixed (long* sizes = shape)
                return From(Native.led_view(Handle, sizes, shape.Length), this);
        }

        /// <summary>Dimensions of size 1 repeated without a copy; −1 keeps a size.</summary>
        public Tensor expand(params long[] sizes)
        {
            fixed (long* target = sizes)
                return From(Native.led_expand(Handle, target, sizes.Length), this);
        }

        /// <summary>A dimension of size 1 inserted.</summary>
        public Tensor unsqueeze(long dim) => From(Native.led_unsqueeze(Handle, dim), this);

        /// <summary>A dimension of size 1 removed, or all of them.</summary>
        public Tensor squeeze(long? dim = null) =>
            From(dim is { } one ? Native.led_squeeze_dim(Handle, one) : Native.led_squeeze(Handle), this);

        /// <summary>A range of one dimension, as a view.</summary>
        public Tensor narrow(long dim, long start, long length) => From(Native.led_narrow(Handle, dim, start, length), this);

        /// <summary>One index of one dimension, which goes, as a view.</summary>
        public Tensor select(long dim, long index) => From(Native.led_select(Handle, dim, index), this);

        /// <summary>Some indices of one dimension, copied.</summary>
        public Tensor index_select(long dim, Tensor index) => From(Native.led_index_select(Handle, dim, index.Handle), this, index);

        /// <summary>At most <paramref name="chunks"/> views that cut one dimension into equal parts; the last may be shorter.</summary>
        public Tensor[] chunk(long chunks, long dim = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunks);
            var handles = new nint[chunks];
            long count;
            fixed (nint* pieces = handles)
                count = Native.led_chunk(Handle, chunks, dim, pieces);
            if (count < 0)
                throw Native.LastError();
            GC.KeepAlive(this);
            return Array.ConvertAll(handles[..(int)count], static piece => new Tensor(piece));
        }

        /// <summary>A copy with storage of its own; gradients flow through.</summary>
        public Tensor clone() => From(Native.led_clone(Handle), this);

        /// <summary>This tensor in row-major order, copied only if needed.</summary>
        public Tensor contiguous() => From(Native.led_contiguous(Handle), this);
    }
}
