using LedCluster.Torch;

namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>The matrix product, batched and broadcast as in NumPy.</summary>
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    /// <summary>The product of two matrices.</summary>
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    /// <summary>β · input + α · mat1 · mat2.</summary>
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => input.addmm(mat1, mat2, beta, alpha);

    /// <summary>Tensors joined along a dimension they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0)
    {
        fixed (nint* handles = Handles(tensors))
            return Joined(Native.led_cat(handles, tensors.Count, dim), tensors);
    }

    /// <summary>Tensors of one shape joined along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0)
    {
        var list = tensors as IList<Tensor> ?? [.. tensors];
        fixed (nint* handles = Handles(list))
            return Joined(Native.led_stack(handles, list.Count, dim), list);
    }

    /// <summary>At most <paramref name="chunks"/> views that cut one dimension into equal parts.</summary>
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);

    /// <summary>tanh x.</summary>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>eˣ.</summary>
    public static Tensor exp(Tensor input) => input.exp();

    /// <summary>ln x.</summary>
    public static Tensor log(Tensor input) => input.log();

    /// <summary>√x.</summary>
    public static Tensor sqrt(Tensor input) => input.sqrt();

    /// <summary>x².</summary>
    public static Tensor square(Tensor input) => input.square();

    /// <summary>|x|.</summary>
    public static Tensor abs(Tensor input) => input.abs();

    /// <summary>x to the power of <paramref name="exponent"/>.</summary>
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    /// <summary>x limited to [min, max]; a null bound does not limit.</summary>
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    /// <summary>The larger of each pair of elements.</summary>
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    /// <summary>The smaller of each pair of elements.</summary>
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    /// <summary>The sum of all elements.</summary>
    public static Tensor sum(Tensor input) => input.sum();

    /// <summary>The mean of all elements.</summary>
    public static Tensor mean(Tensor input) => input.mean();

    /// <summary>The mean over some dimensions.</summary>
    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);

    internal static nint[] Handles<T>(IList<T> tensors) where T : Tensor
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = tensors[i].Handle;
        return handles;
    }

    private static Tensor Joined(nint result, IList<Tensor> inputs)
    {
        var tensor = Tensor.From(result);
        GC.KeepAlive(inputs);
        return tensor;
    }
}
