using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Starting values for parameters. All fill in place and return their argument.</summary>
        public static class init
        {
            /// <summary>One value, everywhere.</summary>
            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var still = no_grad();
                return tensor.fill_(val);
            }

            /// <summary>0, everywhere.</summary>
            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            /// <summary>1, everywhere.</summary>
            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            /// <summary>U[low, high).</summary>
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1)
            {
                using var still = no_grad();
                return tensor.uniform_(low, high);
            }

            /// <summary>N(mean, std²).</summary>
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1)
            {
                using var still = no_grad();
                return tensor.normal_(mean, std);
            }

            /// <summary>U(±gain √(6 / (fan_in + fan_out))). Glorot, Bengio 2010, AISTATS 9, 249, eq. 16.</summary>
            /// <exception cref="ArgumentException">Fewer than two dimensions.</exception>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException($"xavier_uniform_ expects at least 2 dimensions, got {shape.Length}.", nameof(tensor));
                var field = tensor.numel() / Math.Max(1, shape[0] * shape[1]);
                var bound = gain * Math.Sqrt(6.0 / ((shape[0] + shape[1]) * Math.Max(1, field)));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>gain times a random matrix with orthonormal rows or columns. Saxe et al. 2014, arXiv:1312.6120.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                Native.Check(Native.led_orthogonal(tensor.Handle, gain));
                GC.KeepAlive(tensor);
                return tensor;
            }
        }
    }
}
