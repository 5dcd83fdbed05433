using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static unsafe partial class functional
        {
            /// <summary>Cross-correlation with zero padding: x [B, in, X] and w [out, in, kernel] → [B, out, X′].</summary>
            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null) =>
                Tensor.From(Native.led_conv1d(input.Handle, weight.Handle, bias?.Handle ?? 0, stride ?? 1, padding ?? 0), input, weight, bias);

            /// <summary>Means over <paramref name="kernel_size"/> neighbours in the last dimension.</summary>
            public static Tensor avg_pool1d(Tensor input, long kernel_size, long? stride = null) =>
                Tensor.From(Native.led_avg_pool1d(input.Handle, kernel_size, stride ?? kernel_size), input);

            /// <summary>Longer at both ends: <paramref name="pad"/> = [before, after] of the last dimension, then of the one before it, ….</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
            {
                fixed (long* widths = pad)
                    return Tensor.From(mode switch
                    {
                        PaddingModes.Circular => Native.led_pad_circular(input.Handle, widths, pad.Length),
                        PaddingModes.Constant => Native.led_pad_constant(input.Handle, widths, pad.Length, value),
                        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "pad knows Constant and Circular."),
                    }, input);
            }

            /// <summary>
            /// [B, C, X] on a finer grid, by straight lines. Unless <paramref name="align_corners"/>, points are centres of cells
            /// and the ends are continued by constants.
            /// </summary>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Linear, bool? align_corners = null)
            {
                if (mode != InterpolationMode.Linear)
                    throw new ArgumentOutOfRangeException(nameof(mode), mode, "interpolate knows Linear.");
                if ((size, scale_factor) is not (([_], null) or (null, [_])))
                    throw new ArgumentException("interpolate expects either a size or a factor for the last dimension.");
                var points = size?[0] ?? (long)(x.shape[^1] * scale_factor![0]);
                return Tensor.From(Native.led_upsample_linear1d(x.Handle, points, align_corners == true ? 1 : 0), x);
            }
        }
    }
}
