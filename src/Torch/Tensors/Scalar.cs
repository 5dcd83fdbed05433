using System.Globalization;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>A number beside tensors: an integer stays an integer, so that it does not change an integer tensor's type.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Scalar
{
    private readonly long isReal;
    private readonly long bits;

    private Scalar(long isReal, long bits) => (this.isReal, this.bits) = (isReal, bits);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(int value) => new(0, value);

    /// <summary>An integer.</summary>
    public static implicit operator Scalar(long value) => new(0, value);

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(float value) => new(1, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(double value) => new(1, BitConverter.DoubleToInt64Bits(value));

    /// <summary>The value, for messages.</summary>
    public override string ToString() => isReal == 0
        ? bits.ToString(CultureInfo.InvariantCulture)
        : BitConverter.Int64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture);
}
