using System.ComponentModel;
using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>−x.</summary>
        public Tensor neg() => From(Native.led_neg(Handle), this);

        /// <summary>1 / x.</summary>
        public Tensor reciprocal() => From(Native.led_reciprocal(Handle), this);

        /// <summary>tanh x.</summary>
        public Tensor tanh() => From(Native.led_tanh(Handle), this);

        /// <summary>1 / (1 + e⁻ˣ).</summary>
        public Tensor sigmoid() => From(Native.led_sigmoid(Handle), this);

        /// <summary>max(x, 0).</summary>
        public Tensor relu() => From(Native.led_relu(Handle), this);

        /// <summary>eˣ.</summary>
        public Tensor exp() => From(Native.led_exp(Handle), this);

        /// <summary>ln x.</summary>
        public Tensor log() => From(Native.led_log(Handle), this);

        /// <summary>√x.</summary>
        public Tensor sqrt() => From(Native.led_sqrt(Handle), this);

        /// <summary>x².</summary>
        public Tensor square() => From(Native.led_square(Handle), this);

        /// <summary>|x|.</summary>
        public Tensor abs() => From(Native.led_abs(Handle), this);

        /// <summary>x to the power of <paramref name="exponent"/>.</summary>
        public Tensor pow(Scalar exponent) => From(Native.led_pow_number(Handle, exponent), this);

        /// <summary>x limited to [min, max]; a null bound does not limit.</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null)
        {
            var (low, high) = (min.GetValueOrDefault(), max.GetValueOrDefault());
            return From(Native.led_clamp(Handle, min.HasValue ? &low : null, max.HasValue ? &high : null), this);
        }

        /// <summary>The smallest element.</summary>
        public Tensor min() => From(Native.led_min(Handle), this);

        /// <summary>The largest element.</summary>
        public Tensor max() => From(Native.led_max(Handle), this);

        /// <summary>The sum of all elements.</summary>
        public Tensor sum(ScalarType? type = null) => From(Native.led_sum(Handle, null, 0, 0, Placement.Of(type)), this);

        /// <summary>The sum over one dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        /// <summary>
        /// Not to be called: C# would read the literal in <c>sum(0)</c> as an element type and sum everything as bytes,
        /// here as in TorchSharp. Write <c>sum(0L)</c> or <c>sum([0])</c>.
        /// </summary>
        [Obsolete("C# reads the literal in sum(0) as a ScalarType: write sum(0L) or sum([0]).", error: true)]
        [EditorBrowsable(EditorBrowsableState.Never)]
        public Tensor sum(int dim) => sum((long)dim);

        /// <summary>The sum over some dimensions.</summary>
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dims = dim)
                return From(Native.led_sum(Handle, dims, dim.Length, keepdim ? 1 : 0, Placement.Of(type)), this);
        }

        /// <summary>The mean of all elements.</summary>
        public Tensor mean() => From(Native.led_mean(Handle, null, 0, 0, Placement.Of(null)), this);

        /// <summary>The mean over some dimensions.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null)
        {
            fixed (long* dims = dimensions)
                return From(Native.led_mean(Handle, dims, dimensions.Length, keepdim ? 1 : 0, Placement.Of(type)), this);
        }
    }
}
