using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Networks;

/// <summary>
/// Numbers on their way to and from libtorch. TorchSharp makes an object of each, and the garbage collector may free it while libtorch still
/// reads it: implicit conversions keep no reference during the call. So constants are kept for ever, other numbers with <c>using</c>
/// until after the call, and results are read from a tensor's memory.
/// </summary>
internal static class Numbers
{
    private static readonly ConcurrentDictionary<double, Scalar> Kept = new();

    /// <summary>A constant; one object for all uses.</summary>
    public static Scalar Constant(double value) => Kept.GetOrAdd(value, Number);

    /// <summary>A number that is not a constant; to be disposed of after the calls that take it.</summary>
    public static Scalar Number(double value) => value.ToScalar();

    /// <summary>x times a constant.</summary>
    public static Tensor Times(this Tensor x, double constant) => x.mul(Constant(constant));

    /// <summary>x plus a constant.</summary>
    public static Tensor Plus(this Tensor x, double constant) => x.add(Constant(constant), Constant(1));

    /// <summary>x + y, which TorchSharp computes as x + 1·y with a 1 that nobody keeps.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, Constant(1));

    /// <summary>Adds y to x in place.</summary>
    public static Tensor PlusInPlace(this Tensor x, Tensor y) => x.add_(y, Constant(1));

    /// <summary>Adds a number to x in place.</summary>
    public static Tensor PlusInPlace(this Tensor x, Scalar number) => x.add_(number, Constant(1));

    /// <summary>x².</summary>
    public static Tensor Squared(this Tensor x) => x * x;

    /// <summary>CELU with α = 1 (Barron 2017, arXiv:1704.07483).</summary>
    public static Tensor Celu(this Tensor x) => x.celu(Constant(1));

    /// <summary>½ + ½ tanh x.</summary>
    public static Tensor ScaledTanh(this Tensor x) => x.tanh().Times(0.5).Plus(0.5);

    /// <summary>The value of a tensor of one element.</summary>
    public static double Value(this Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.detach().to(float64).cpu().data<double>()[0];
    }
}
