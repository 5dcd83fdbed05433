using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>a + b, broadcast.</summary>
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        /// <summary>a + s.</summary>
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        /// <summary>s + a.</summary>
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        /// <summary>a − b, broadcast.</summary>
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        /// <summary>a − s.</summary>
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        /// <summary>s − a.</summary>
        public static Tensor operator -(Scalar left, Tensor right) => From(Native.led_rsub_number(right.Handle, left), right);

        /// <summary>−a.</summary>
        public static Tensor operator -(Tensor tensor) => tensor.neg();

        /// <summary>a · b, element by element, broadcast.</summary>
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        /// <summary>a · s.</summary>
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        /// <summary>s · a.</summary>
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        /// <summary>a / b, element by element, broadcast.</summary>
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        /// <summary>a / s.</summary>
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        /// <summary>s / a.</summary>
        public static Tensor operator /(Scalar left, Tensor right)
        {
            using var inverse = right.reciprocal();
            return inverse.mul(left);
        }

        /// <summary>a + b, broadcast.</summary>
        public Tensor add(Tensor target) => From(Native.led_add(Handle, target.Handle), this, target);

        /// <summary>a + s.</summary>
        public Tensor add(Scalar scalar) => From(Native.led_add_number(Handle, scalar), this);

        /// <summary>a − b, broadcast.</summary>
        public Tensor sub(Tensor target) => From(Native.led_sub(Handle, target.Handle), this, target);

        /// <summary>a − s.</summary>
        public Tensor sub(Scalar target) => From(Native.led_sub_number(Handle, target), this);

        /// <summary>a · b, element by element, broadcast.</summary>
        public Tensor mul(Tensor target) => From(Native.led_mul(Handle, target.Handle), this, target);

        /// <summary>a · s.</summary>
        public Tensor mul(Scalar target) => From(Native.led_mul_number(Handle, target), this);

        /// <summary>a / b, element by element, broadcast.</summary>
        public Tensor div(Tensor target) => From(Native.led_div(Handle, target.Handle), this, target);

        /// <summary>a / s.</summary>
        public Tensor div(Scalar target) => From(Native.led_div_number(Handle, target), this);

        /// <summary>The matrix product, batched and broadcast as in NumPy.</summary>
        public Tensor matmul(Tensor target) => From(Native.led_matmul(Handle, target.Handle), this, target);

        /// <summary>The product of two matrices.</summary>
        public Tensor mm(Tensor target) => From(Native.led_mm(Handle, target.Handle), this, target);

        /// <summary>β · this + α · mat1 · mat2.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            From(Native.led_addmm(Handle, mat1.Handle, mat2.Handle, beta, alpha), this, mat1, mat2);

        /// <summary>The larger of each pair of elements.</summary>
        public Tensor maximum(Tensor other) => From(Native.led_maximum(Handle, other.Handle), this, other);

        /// <summary>The smaller of each pair of elements.</summary>
        public Tensor minimum(Tensor other) => From(Native.led_minimum(Handle, other.Handle), this, other);
    }
}
