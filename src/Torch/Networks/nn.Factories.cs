using LedCluster.Torch;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Neural networks.</summary>
    public static unsafe partial class nn
    {
        /// <summary>What a loss does with the elements.</summary>
        public enum Reduction : long
        {
            /// <summary>Keeps them.</summary>
            None = 0,

            /// <summary>Takes their mean.</summary>
            Mean = 1,

            /// <summary>Takes their sum.</summary>
            Sum = 2,
        }

        /// <summary>Takes over a tensor as a parameter.</summary>
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        /// <summary>y = x Wᵀ + b.</summary>
        public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, outputSize, hasBias, device, dtype);

        /// <summary>y_o = Σ_i w_oi ∗ x_i + b_o, with x [B, in, X] and w [out, in, kernel].</summary>
        public static Conv1d Conv1d(
            long in_channels, long out_channels, long kernel_size, long stride = 1, long padding = 0,
            PaddingModes padding_mode = PaddingModes.Zeros, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(in_channels, out_channels, kernel_size, stride, padding, padding_mode, bias, device, dtype);

        /// <summary>One step of a long short-term memory.</summary>
        public static LSTMCell LSTMCell(long inputSize, long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, hiddenSize, bias, device, dtype);

        /// <summary>One step of a gated recurrent unit.</summary>
        public static GRUCell GRUCell(long inputSize, long hiddenSize, bool bias = true, Device? device = null, ScalarType? dtype = null) =>
            new(inputSize, hiddenSize, bias, device, dtype);

        /// <summary>Modules in order.</summary>
        public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);

        internal static Parameter UniformParameter(double bound, ScalarType? dtype, Device? device, params long[] shape) =>
            new(empty(shape, dtype, device).uniform_(-bound, bound));

        /// <summary>Zeros [B, H] beside an input [B, in].</summary>
        internal static Tensor ZeroState(Tensor input, long hiddenSize) =>
            zeros(input.size(0), hiddenSize, input.dtype, input.device);

        internal static void ForgetGradients(Parameter[] parameters)
        {
            fixed (nint* handles = Handles(parameters))
                Native.Check(Native.led_forget_grads(handles, parameters.Length));
            GC.KeepAlive(parameters);
        }
    }
}
