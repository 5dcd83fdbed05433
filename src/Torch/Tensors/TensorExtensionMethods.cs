using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>The only element of a tensor as a number of .NET; extension methods, as in TorchSharp.</summary>
public static class TensorExtensionMethods
{
    /// <summary>The only element, as float.</summary>
    public static float ToSingle(this Tensor value) => (float)value.Item().Real;

    /// <summary>The only element, as double.</summary>
    public static double ToDouble(this Tensor value) => value.Item().Real;

    /// <summary>The only element, as long.</summary>
    public static long ToInt64(this Tensor value) => value.Item() is var (real, integer)
        && value.dtype is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 ? (long)real : integer;
}
