using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using LedCluster.Domain.Simd;

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

    /// <summary>Outputs whose weights lie together; pieces of a row begin at multiples of it.</summary>
    public const int Panel = VectorTile * Lanes;

    /// <summary>Applies the layer to a batch.</summary>
    /// <param name="input">Rows [batch, inputStride]; the first <see cref="Inputs"/> of each count.</param>
    /// <param name="inputStride">Length of an input row.</param>
    /// <param name="output">Receives rows [batch, <see cref="Stride"/>].</param>
    /// <param name="batch">Number of rows.</param>
    public void Forward(ReadOnlySpan<float> input, int inputStride, Span<float> output, int batch) => Forward(input, inputStride, output, batch, 0, Stride);

    /// <summary>A part of the outputs for a batch.</summary>
    /// <param name="input">Rows [batch, inputStride]; the first <see cref="Inputs"/> of each count.</param>
    /// <param name="inputStride">Length of an input row.</param>
    /// <param name="output">Receives rows [batch, count].</param>
    /// <param name="batch">Number of rows.</param>
    /// <param name="first">The first output, a multiple of <see cref="Panel"/>.</param>
    /// <param name="count">Number of outputs: a multiple of <see cref="Panel"/>, or all up to <see cref="Stride"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Forward(ReadOnlySpan<float> input, int inputStride, Span<float> output, int batch, int first, int count)
    {
        if (batch == 0)
            return;
        _ = input[(batch - 1) * inputStride + Inputs - 1];
        _ = output[batch * count - 1];
        if (first % Panel != 0 || first + count > Stride || (count % Panel != 0 && first + count < Stride))
            throw new ArgumentException($"Outputs {first} to {first + count} of {Stride} are not whole panels of {Panel}.", nameof(first));
        fixed (float* x = input, y = output, w = weights, b = bias)
        {
            // Panel by panel, so that its weights stay in the first-level cache while the rows pass.
            for (var vector = 0; vector < count / Lanes; vector += VectorTile)
            {
                var vectors = Math.Min(VectorTile, count / Lanes - vector);
                float* panel = w + (long)(first + vector * Lanes) * Inputs, start = b + first + vector * Lanes;
                for (var row = 0; row < batch; row += RowTile)
                {
                    var rows = Math.Min(RowTile, batch - row);
                    float* from = x + row * inputStride, to = y + row * count + vector * Lanes;
                    if (rows == RowTile && vectors == VectorTile)
                        Tile(from, inputStride, panel, start, to, count);
                    else
                        Edge(from, inputStride, rows, panel, vectors, start, to, count);
                }
            }
            Activate(y, batch * count);
        }
    }

    private int Place(int o, int k)
    {
        var tile = o / (VectorTile * Lanes);
        var width = Math.Min(VectorTile * Lanes, Stride - tile * VectorTile * Lanes);
        return tile * VectorTile * Lanes * Inputs + k * width + o % (VectorTile * Lanes);
    }

    /// <summary>Four rows by four vectors of 512 bits, in tiles that leave registers of the machine for weights and inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private unsafe void Tile(float* x, int inputStride, float* w, float* start, float* y, int stride)
    {
        if (Vector512.IsHardwareAccelerated)
            FourByFour<Lanes512<float>>(x, inputStride, w, start, y, stride);
        else if (Vector256.IsHardwareAccelerated)
            for (var v = 0; v < VectorTile * Lanes; v += 2 * Lanes256<float>.Count)
                FourByTwo<Lanes256<float>>(x, inputStride, w + v, start + v, y + v, stride);
        else
            for (var v = 0; v < VectorTile * Lanes; v += 4 * Lanes128<float>.Count)
                FourByFour<Lanes128<float>>(x, inputStride, w + v, start + v, y + v, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FourByFour<V>(float* x, int inputStride, float* w, float* start, float* y, int stride)
        where V : unmanaged, IVector<V, float>
    {
        V s0 = V.Load(start), s1 = V.Load(start + V.Count), s2 = V.Load(start + 2 * V.Count), s3 = V.Load(start + 3 * V.Count);
        V a0 = s0, a1 = s1, a2 = s2, a3 = s3, b0 = s0, b1 = s1, b2 = s2, b3 = s3;
        V c0 = s0, c1 = s1, c2 = s2, c3 = s3, d0 = s0, d1 = s1, d2 = s2, d3 = s3;
        float* xa = x, xb = x + inputStride, xc = xb + inputStride, xd = xc + inputStride;
        for (var k = 0; k < Inputs; k++, w += VectorTile * Lanes)
        {
            V w0 = V.Load(w), w1 = V.Load(w + V.Count), w2 = V.Load(w + 2 * V.Count), w3 = V.Load(w + 3 * V.Count);
            var a = V.Of(xa[k]);
            a0 = V.Fused(a, w0, a0);
            a1 = V.Fused(a, w1, a1);
            a2 = V.Fused(a, w2, a2);
            a3 = V.Fused(a, w3, a3);
            var b = V.Of(xb[k]);
            b0 = V.Fused(b, w0, b0);
            b1 = V.Fused(b, w1, b1);
            b2 = V.Fused(b, w2, b2);
            b3 = V.Fused(b, w3, b3);
            var c = V.Of(xc[k]);
            c0 = V.Fused(c, w0, c0);
            c1 = V.Fused(c, w1, c1);
            c2 = V.Fused(c, w2, c2);
            c3 = V.Fused(c, w3, c3);
            var d = V.Of(xd[k]);
            d0 = V.Fused(d, w0, d0);
            d1 = V.Fused(d, w1, d1);
            d2 = V.Fused(d, w2, d2);
            d3 = V.Fused(d, w3, d3);
        }
        Store(y, a0, a1, a2, a3);
        Store(y + stride, b0, b1, b2, b3);
        Store(y + 2 * stride, c0, c1, c2, c3);
        Store(y + 3 * stride, d0, d1, d2, d3);

        static void Store(float* y, V v0, V v1, V v2, V v3)
        {
            v0.Store(y);
            v1.Store(y + V.Count);
            v2.Store(y + 2 * V.Count);
            v3.Store(y + 3 * V.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FourByTwo<V>(float* x, int inputStride, float* w, float* start, float* y, int stride)
        where V : unmanaged, IVector<V, float>
    {
        V s0 = V.Load(start), s1 = V.Load(start + V.Count);
        V a0 = s0, a1 = s1, b0 = s0, b1 = s1, c0 = s0, c1 = s1, d0 = s0, d1 = s1;
        float* xa = x, xb = x + inputStride, xc = xb + inputStride, xd = xc + inputStride;
        for (var k = 0; k < Inputs; k++, w += VectorTile * Lanes)
        {
            V w0 = V.Load(w), w1 = V.Load(w + V.Count);
            var a = V.Of(xa[k]);
            a0 = V.Fused(a, w0, a0);
            a1 = V.Fused(a, w1, a1);
            var b = V.Of(xb[k]);
            b0 = V.Fused(b, w0, b0);
            b1 = V.Fused(b, w1, b1);
            var c = V.Of(xc[k]);
            c0 = V.Fused(c, w0, c0);
            c1 = V.Fused(c, w1, c1);
            var d = V.Of(xd[k]);
            d0 = V.Fused(d, w0, d0);
            d1 = V.Fused(d, w1, d1);
        }
        a0.Store(y);
        a1.Store(y + V.Count);
        b0.Store(y + stride);
        b1.Store(y + stride + V.Count);
        c0.Store(y + 2 * stride);
        c1.Store(y + 2 * stride + V.Count);
        d0.Store(y + 3 * stride);
        d1.Store(y + 3 * stride + V.Count);
    }

    /// <summary>The rim of a batch, one row by up to four vectors or four rows by one vector at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Edge(float* x, int inputStride, int rows, float* w, int vectors, float* start, float* y, int stride)
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
                b.Store(y + stride + v);
                c.Store(y + 2 * stride + v);
                d.Store(y + 3 * stride + v);
            }
            return;
        }
        for (var row = 0; row < rows; row++, x += inputStride, y += stride)
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

    private unsafe void Activate(float* y, int length)
    {
        switch (activation)
        {
            case Activation.Celu:
                SimdMath.Celu(y, length);
                break;
            case Activation.HalfTanh:
                SimdMath.HalfTanh(y, length);
                break;
            case Activation.Tanh:
                SimdMath.Tanh(y, length);
                break;
            case Activation.Relu:
                SimdMath.Relu(y, length);
                break;
        }
    }
}
