using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LedCluster.Models.Inference;

/// <summary>
/// Affine layer y = Wx + b, or Wx + b + x, and an activation, float32, on row-major batches.
/// </summary>
/// <remarks>
/// Vectorised over outputs: every output sums over its inputs in one fixed order, starting from the bias, by fused
/// multiply-adds. Hence a row's bits depend neither on its batch nor on the SIMD width. Rows of activations are padded to
/// whole vectors; the padding holds zeros.
/// </remarks>
public sealed class DenseLayer
{
    private const int Lanes = 16; // Vector512<float>.Count
    private const int RowTile = 4, VectorTile = 4;

    private readonly float[] weights; // [tile of vectors][input][vector in tile × lane]
    private readonly float[] bias;    // padded
    private readonly Activation activation;

    /// <summary>Builds a layer.</summary>
    /// <param name="weight">W [outputs, inputs].</param>
    /// <param name="bias">b [outputs].</param>
    /// <param name="activation">Activation.</param>
    /// <param name="residual">Whether the input is added to the output; needs as many outputs as inputs.</param>
    public DenseLayer(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Activation activation, bool residual = false)
    {
        Outputs = bias.Length;
        Inputs = weight.Length / Outputs;
        this.activation = activation;
        this.bias = new float[Stride];
        bias.CopyTo(this.bias);
        weights = new float[Stride * Inputs];
        for (var o = 0; o < Outputs; o++)
            for (var k = 0; k < Inputs; k++)
                weights[Place(o, k)] = weight[o * Inputs + k] + (residual && o == k ? 1 : 0);
    }

    /// <summary>Number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>Length of an output row: the outputs, padded to whole vectors.</summary>
    public int Stride => Padded(Outputs);

    /// <summary>A row length padded to whole vectors.</summary>
    public static int Padded(int length) => (length + Lanes - 1) / Lanes * Lanes;

    /// <summary>Applies the layer to a batch.</summary>
    /// <param name="input">Rows [batch, inputStride]; the first <see cref="Inputs"/> of each count.</param>
    /// <param name="inputStride">Length of an input row.</param>
    /// <param name="output">Receives rows [batch, <see cref="Stride"/>].</param>
    /// <param name="batch">Number of rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Forward(ReadOnlySpan<float> input, int inputStride, Span<float> output, int batch)
    {
        if (batch == 0)
            return;
        _ = input[(batch - 1) * inputStride + Inputs - 1];
        _ = output[batch * Stride - 1];
        fixed (float* x = input, y = output, w = weights, b = bias)
        {
            // Panel by panel, so that its weights stay in the first-level cache while the rows pass.
            for (var vector = 0; vector < Stride / Lanes; vector += VectorTile)
            {
                var vectors = Math.Min(VectorTile, Stride / Lanes - vector);
                var panel = w + vector * Lanes * Inputs;
                for (var row = 0; row < batch; row += RowTile)
                {
                    var rows = Math.Min(RowTile, batch - row);
                    float* from = x + row * inputStride, to = y + row * Stride + vector * Lanes, start = b + vector * Lanes;
                    if (rows == RowTile && vectors == VectorTile)
                        FourByFour(from, inputStride, panel, start, to);
                    else
                        Edge(from, inputStride, rows, panel, vectors, start, to);
                }
            }
            Activate(y, batch * Stride);
        }
    }

    private int Place(int o, int k)
    {
        var tile = o / (VectorTile * Lanes);
        var width = Math.Min(VectorTile * Lanes, Stride - tile * VectorTile * Lanes);
        return tile * VectorTile * Lanes * Inputs + k * width + o % (VectorTile * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FourByFour(float* x, int inputStride, float* w, float* start, float* y)
    {
        Vector512<float> s0 = Vector512.Load(start), s1 = Vector512.Load(start + 16), s2 = Vector512.Load(start + 32), s3 = Vector512.Load(start + 48);
        Vector512<float> a0 = s0, a1 = s1, a2 = s2, a3 = s3, b0 = s0, b1 = s1, b2 = s2, b3 = s3;
        Vector512<float> c0 = s0, c1 = s1, c2 = s2, c3 = s3, d0 = s0, d1 = s1, d2 = s2, d3 = s3;
        float* xa = x, xb = x + inputStride, xc = xb + inputStride, xd = xc + inputStride;
        for (var k = 0; k < Inputs; k++, w += 64)
        {
            Vector512<float> w0 = Vector512.Load(w), w1 = Vector512.Load(w + 16), w2 = Vector512.Load(w + 32), w3 = Vector512.Load(w + 48);
            var a = Vector512.Create(xa[k]);
            a0 = Vector512.FusedMultiplyAdd(a, w0, a0);
            a1 = Vector512.FusedMultiplyAdd(a, w1, a1);
            a2 = Vector512.FusedMultiplyAdd(a, w2, a2);
            a3 = Vector512.FusedMultiplyAdd(a, w3, a3);
            var b = Vector512.Create(xb[k]);
            b0 = Vector512.FusedMultiplyAdd(b, w0, b0);
            b1 = Vector512.FusedMultiplyAdd(b, w1, b1);
            b2 = Vector512.FusedMultiplyAdd(b, w2, b2);
            b3 = Vector512.FusedMultiplyAdd(b, w3, b3);
            var c = Vector512.Create(xc[k]);
            c0 = Vector512.FusedMultiplyAdd(c, w0, c0);
            c1 = Vector512.FusedMultiplyAdd(c, w1, c1);
            c2 = Vector512.FusedMultiplyAdd(c, w2, c2);
            c3 = Vector512.FusedMultiplyAdd(c, w3, c3);
            var d = Vector512.Create(xd[k]);
            d0 = Vector512.FusedMultiplyAdd(d, w0, d0);
            d1 = Vector512.FusedMultiplyAdd(d, w1, d1);
            d2 = Vector512.FusedMultiplyAdd(d, w2, d2);
            d3 = Vector512.FusedMultiplyAdd(d, w3, d3);
        }
        Store(y, a0, a1, a2, a3);
        Store(y + Stride, b0, b1, b2, b3);
        Store(y + 2 * Stride, c0, c1, c2, c3);
        Store(y + 3 * Stride, d0, d1, d2, d3);

        static void Store(float* y, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
        {
            v0.Store(y);
            v1.Store(y + 16);
            v2.Store(y + 32);
            v3.Store(y + 48);
        }
    }

    /// <summary>The rim of a batch, one row by up to four vectors or four rows by one vector at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Edge(float* x, int inputStride, int rows, float* w, int vectors, float* start, float* y)
    {
        var width = vectors * Lanes;
        if (rows == RowTile)
        {
            float* xa = x, xb = x + inputStride, xc = xb + inputStride, xd = xc + inputStride;
            for (var v = 0; v < width; v += Lanes)
            {
                var a = Vector512.Load(start + v);
                Vector512<float> b = a, c = a, d = a;
                for (var k = 0; k < Inputs; k++)
                {
                    var wk = Vector512.Load(w + k * width + v);
                    a = Vector512.FusedMultiplyAdd(Vector512.Create(xa[k]), wk, a);
                    b = Vector512.FusedMultiplyAdd(Vector512.Create(xb[k]), wk, b);
                    c = Vector512.FusedMultiplyAdd(Vector512.Create(xc[k]), wk, c);
                    d = Vector512.FusedMultiplyAdd(Vector512.Create(xd[k]), wk, d);
                }
                a.Store(y + v);
                b.Store(y + Stride + v);
                c.Store(y + 2 * Stride + v);
                d.Store(y + 3 * Stride + v);
            }
            return;
        }
        for (var row = 0; row < rows; row++, x += inputStride, y += Stride)
        {
            if (vectors == VectorTile)
            {
                Vector512<float> a = Vector512.Load(start), b = Vector512.Load(start + 16), c = Vector512.Load(start + 32), d = Vector512.Load(start + 48);
                var wk = w;
                for (var k = 0; k < Inputs; k++, wk += 64)
                {
                    var xk = Vector512.Create(x[k]);
                    a = Vector512.FusedMultiplyAdd(xk, Vector512.Load(wk), a);
                    b = Vector512.FusedMultiplyAdd(xk, Vector512.Load(wk + 16), b);
                    c = Vector512.FusedMultiplyAdd(xk, Vector512.Load(wk + 32), c);
                    d = Vector512.FusedMultiplyAdd(xk, Vector512.Load(wk + 48), d);
                }
                a.Store(y);
                b.Store(y + 16);
                c.Store(y + 32);
                d.Store(y + 48);
                continue;
            }
            for (var v = 0; v < width; v += Lanes)
            {
                var sum = Vector512.Load(start + v);
                for (var k = 0; k < Inputs; k++)
                    sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[k]), Vector512.Load(w + k * width + v), sum);
                sum.Store(y + v);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Activate(float* y, int length)
    {
        switch (activation)
        {
            case Activation.Celu:
                for (var i = 0; i < length; i += Lanes)
                    SimdMath.Celu(Vector512.Load(y + i)).Store(y + i);
                break;
            case Activation.HalfTanh:
                for (var i = 0; i < length; i += Lanes)
                    SimdMath.HalfTanh(Vector512.Load(y + i)).Store(y + i);
                break;
            case Activation.Tanh:
                for (var i = 0; i < length; i += Lanes)
                    SimdMath.Tanh(Vector512.Load(y + i)).Store(y + i);
                break;
            case Activation.Relu:
                for (var i = 0; i < length; i += Lanes) // with x as the second operand NaN stays NaN on every machine
                    Vector512.MaxNative(Vector512<float>.Zero, Vector512.Load(y + i)).Store(y + i);
                break;
        }
    }
}
