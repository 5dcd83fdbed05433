using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>this += b.</summary>
        public Tensor add_(Tensor target) => add_(target, 1);

        /// <summary>this += α · b.</summary>
        public Tensor add_(Tensor target, Scalar alpha) => Done(Native.led_add_inplace(Handle, target.Handle, alpha), target);

        /// <summary>this += s.</summary>
        public Tensor add_(Scalar scalar) => Done(Native.led_add_number_inplace(Handle, scalar));

        /// <summary>this −= b.</summary>
        public Tensor sub_(Tensor target) => sub_(target, 1);

        /// <summary>this −= α · b.</summary>
        public Tensor sub_(Tensor target, Scalar alpha) => Done(Native.led_sub_inplace(Handle, target.Handle, alpha), target);

        /// <summary>this −= s.</summary>
        public Tensor sub_(Scalar target) => Done(Native.led_sub_number_inplace(Handle, target));

        /// <summary>this ·= b, element by element.</summary>
        public Tensor mul_(Tensor target) => Done(Native.led_mul_inplace(Handle, target.Handle), target);

        /// <summary>this ·= s.</summary>
        public Tensor mul_(Scalar target) => Done(Native.led_mul_number_inplace(Handle, target));

        /// <summary>this /= b, element by element.</summary>
        public Tensor div_(Tensor target) => Done(Native.led_div_inplace(Handle, target.Handle), target);

        /// <summary>this /= s.</summary>
        public Tensor div_(Scalar target) => Done(Native.led_div_number_inplace(Handle, target));

        /// <summary>this += value · b · c, element by element.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(Native.led_addcmul_inplace(Handle, tensor1.Handle, tensor2.Handle, value), tensor1, tensor2);

        /// <summary>this += b / c, element by element.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => addcdiv_(tensor1, tensor2, 1);

        /// <summary>this += value · b / c, element by element.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(Native.led_addcdiv_inplace(Handle, tensor1.Handle, tensor2.Handle, value), tensor1, tensor2);

        /// <summary>this = source, converted and moved as needed.</summary>
        public Tensor copy_(Tensor source) => Done(Native.led_copy_inplace(Handle, source.Handle), source);

        /// <summary>this = value, everywhere.</summary>
        public Tensor fill_(Scalar value) => Done(Native.led_fill_inplace(Handle, value));

        /// <summary>this = 0, everywhere.</summary>
        public Tensor zero_() => fill_(0);

        /// <summary>this ~ U[from, to).</summary>
        public Tensor uniform_(double from, double to) => Done(Native.led_uniform_inplace(Handle, from, to));

        /// <summary>this ~ N(mean, std²).</summary>
        public Tensor normal_(double mean = 0.0, double std = 1.0) => Done(Native.led_normal_inplace(Handle, mean, std));
    }
}
