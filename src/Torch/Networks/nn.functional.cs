using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Layers and losses without state.</summary>
        public static partial class functional
        {
            /// <summary>max(x, 0) + min(0, α (e^(x/α) − 1)). Barron 2017, arXiv:1704.07483.</summary>
            public static Tensor celu(Tensor x, double alpha) => Tensor.From(Native.led_celu_number(x.Handle, alpha), x);

            /// <summary>max(x, 0).</summary>
            public static Tensor relu(Tensor x) => x.relu();

            /// <summary>tanh x.</summary>
            public static Tensor tanh(Tensor x) => x.tanh();

            /// <summary>1 / (1 + e⁻ˣ).</summary>
            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            /// <summary>x Wᵀ + b, with x [B, in], W [out, in], b [out].</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Tensor.From(Native.led_linear(input.Handle, weights.Handle, bias?.Handle ?? 0), input, weights, bias);

            /// <summary>(x − y)², reduced.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Tensor.From(Native.led_mse_loss(input.Handle, target.Handle, (long)reduction), input, target);
        }
    }
}
