using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int RowTile = 6;

    /// <summary>Rows that pass through all panels before the next ones, so that they and their outputs stay in the first-level cache.</summary>
    private const int RowBlock = 4 * RowTile;

    private readonly float[] weights; // [panel][input][output in panel], from the first whole cache line on; pinned, so that it stays one
    private readonly int origin;      // where that is
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
        weights = GC.AllocateArray<float>(Stride * Inputs + Lanes, pinned: true);
        origin = Lanes - (int)(Marshal.UnsafeAddrOfPinnedArrayElement(weights, 0) / sizeof(float) % Lanes);
        for (var o = 0; o < Outputs; o++)
            for (var k = 0; k < Inputs; k++)
                weights[origin + Place(o, k)] = weight[o * Inputs + k] + (residual && o == k ? 1 : 0);
    }

    /// <summary>Number of inputs.</summary>
    public int Inputs { get; }

    /// <summary>Number of outputs.</summary>
    public int Outputs { get; }

    /// <summary>What it applies to its outputs.</summary>
    internal Activation Activation => activation;

    /// <summary>Length of an output row: the outputs, padded to whole vectors.</summary>
    public int Stride => Padded(Outputs);

    /// <summary>A row length padded to whole vectors.</summary>
    public static int Padded(int length) => (length + Lanes - 1) / Lanes * Lanes;

    /// <summary>Outputs whose weights lie together; pieces of a row begin at multiples of it.</summary>
    public const int Panel = Lanes;

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
    /// <param name="count">Number of outputs, a multiple of <see cref="Panel"/>.</param>
    public void Forward(ReadOnlySpan<float> input, int inputStride, Span<float> output, int batch, int first, int count)
    {
        if (Vector512.IsHardwareAccelerated)
            Forward<Lanes512<float>>(input, inputStride, output, batch, first, count);
        else if (Vector256.IsHardwareAccelerated)
            Forward<Lanes256<float>>(input, inputStride, output, batch, first, count);
        else
            Forward<Lanes128<float>>(input, inputStride, output, batch, first, count);
    }

    /// <summary>The same with vectors of one width.</summary>
    internal unsafe void Forward<V>(ReadOnlySpan<float> input, int inputStride, Span<float> output, int batch, int first, int count)
        where V : unmanaged, IVector<V, float>
    {
        if (batch == 0)
            return;
        _ = input[(batch - 1) * inputStride + Inputs - 1];
        _ = output[batch * count - 1];
        if (first < 0 || first % Panel != 0 || count % Panel != 0 || first + count > Stride)
            throw new ArgumentException($"Outputs {first} to {first + count} of {Stride} are not whole panels of {Panel}.", nameof(first));
        fixed (float* x = input, y = output, w = &weights[origin], b = bias)
            for (var row = 0; row < batch; row += RowBlock)
            {
                var rows = Math.Min(RowBlock, batch - row);
                var to = y + (long)row * count;
                Rows<V>(x + (long)row * inputStride, inputStride, w + (long)first * Inputs, b + first, to, count, rows, Outputs - first);
                Activate(to, rows * count);
            }
    }

    /// <summary>The weight of an output, or of its padding, and an input; its bias for input −1.</summary>
    internal float Weight(int output, int input) => input < 0 ? bias[output] : weights[origin + Place(output, input)];

    /// <summary>Where the weight of output o and input k stands.</summary>
    private int Place(int o, int k) => o / Lanes * Lanes * Inputs + k * Lanes + o % Lanes;

    /// <summary>
    /// Some rows, in tiles of six rows by two vectors: twelve sums are enough to hide the latency of a product, and with two vectors of weights and
    /// one input they fit into the sixteen registers of AVX2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Rows<V>(float* x, int inputStride, float* w, float* start, float* y, int count, int rows, int outputs)
        where V : unmanaged, IVector<V, float>
    {
        var tiled = rows % RowTile >= 4 ? rows - rows % RowTile + 4 : rows - rows % RowTile;
        for (var o = 0; o < count; o += 2 * V.Count)
        {
            var second = o + V.Count < count ? V.Count : 0; // a last single vector of 512 bits is computed twice
            var of = w + Place(o, 0);
            var row = 0;
            for (; outputs - o <= V.Count && second > 0 && row + 2 * RowTile <= tiled; row += 2 * RowTile)
                TwelveByOne<V>(x + row * inputStride, inputStride, of, start + o, y + row * count + o, count);
            for (; row + RowTile <= tiled; row += RowTile)
                SixByTwo<V>(x + row * inputStride, inputStride, of, start + o, y + row * count + o, count, second);
            if (row < tiled)
                FourByTwo<V>(x + row * inputStride, inputStride, of, start + o, y + row * count + o, count, second);
        }
        for (var row = tiled; row < rows; row++)
            Row<V>(x + row * inputStride, w, start, y + row * count, count);
    }

    /// <summary>Twelve rows by one vector, where the second one is padding: its weights and its bias are zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void TwelveByOne<V>(float* x, int inputStride, float* w, float* start, float* y, int stride)
        where V : unmanaged, IVector<V, float>
    {
        V a = V.Load(start), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a, padding = V.Load(start + V.Count);
        float* end = w + Lanes * Inputs, xa = x, xd = x + 3 * inputStride, xg = xd + 3 * inputStride, xj = xg + 3 * inputStride;
        for (; w < end; w += Lanes, xa++, xd++, xg++, xj++)
        {
            var weight = V.Load(w);
            a = V.Fused(V.Of(xa[0]), weight, a);
            b = V.Fused(V.Of(xa[inputStride]), weight, b);
            c = V.Fused(V.Of(xa[2 * inputStride]), weight, c);
            d = V.Fused(V.Of(xd[0]), weight, d);
            e = V.Fused(V.Of(xd[inputStride]), weight, e);
            f = V.Fused(V.Of(xd[2 * inputStride]), weight, f);
            g = V.Fused(V.Of(xg[0]), weight, g);
            h = V.Fused(V.Of(xg[inputStride]), weight, h);
            i = V.Fused(V.Of(xg[2 * inputStride]), weight, i);
            j = V.Fused(V.Of(xj[0]), weight, j);
            k = V.Fused(V.Of(xj[inputStride]), weight, k);
            l = V.Fused(V.Of(xj[2 * inputStride]), weight, l);
        }
        Store(y, a, padding, V.Count);
        Store(y + stride, b, padding, V.Count);
        Store(y + 2 * stride, c, padding, V.Count);
        Store(y + 3 * stride, d, padding, V.Count);
        Store(y + 4 * stride, e, padding, V.Count);
        Store(y + 5 * stride, f, padding, V.Count);
        Store(y + 6 * stride, g, padding, V.Count);
        Store(y + 7 * stride, h, padding, V.Count);
        Store(y + 8 * stride, i, padding, V.Count);
        Store(y + 9 * stride, j, padding, V.Count);
        Store(y + 10 * stride, k, padding, V.Count);
        Store(y + 11 * stride, l, padding, V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void SixByTwo<V>(float* x, int inputStride, float* w, float* start, float* y, int stride, int second)
        where V : unmanaged, IVector<V, float>
    {
        V a0 = V.Load(start), a1 = V.Load(start + second);
        V b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1, e0 = a0, e1 = a1, f0 = a0, f1 = a1;
        float* w1 = w + Place(second, 0), end = w + Lanes * Inputs;
        float* xa = x, xd = x + 3 * inputStride;
        for (; w < end; w += Lanes, w1 += Lanes, xa++, xd++)
        {
            V first = V.Load(w), next = V.Load(w1);
            var v = V.Of(xa[0]);
            a0 = V.Fused(v, first, a0);
            a1 = V.Fused(v, next, a1);
            v = V.Of(xa[inputStride]);
            b0 = V.Fused(v, first, b0);
            b1 = V.Fused(v, next, b1);
            v = V.Of(xa[2 * inputStride]);
            c0 = V.Fused(v, first, c0);
            c1 = V.Fused(v, next, c1);
            v = V.Of(xd[0]);
            d0 = V.Fused(v, first, d0);
            d1 = V.Fused(v, next, d1);
            v = V.Of(xd[inputStride]);
            e0 = V.Fused(v, first, e0);
            e1 = V.Fused(v, next, e1);
            v = V.Of(xd[2 * inputStride]);
            f0 = V.Fused(v, first, f0);
            f1 = V.Fused(v, next, f1);
        }
        Store(y, a0, a1, second);
        Store(y + stride, b0, b1, second);
        Store(y + 2 * stride, c0, c1, second);
        Store(y + 3 * stride, d0, d1, second);
        Store(y + 4 * stride, e0, e1, second);
        Store(y + 5 * stride, f0, f1, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FourByTwo<V>(float* x, int inputStride, float* w, float* start, float* y, int stride, int second)
        where V : unmanaged, IVector<V, float>
    {
        V a0 = V.Load(start), a1 = V.Load(start + second);
        V b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
        float* w1 = w + Place(second, 0), end = w + Lanes * Inputs, xa = x, xc = x + 2 * inputStride;
        for (; w < end; w += Lanes, w1 += Lanes, xa++, xc++)
        {
            V first = V.Load(w), next = V.Load(w1);
            var v = V.Of(xa[0]);
            a0 = V.Fused(v, first, a0);
            a1 = V.Fused(v, next, a1);
            v = V.Of(xa[inputStride]);
            b0 = V.Fused(v, first, b0);
            b1 = V.Fused(v, next, b1);
            v = V.Of(xc[0]);
            c0 = V.Fused(v, first, c0);
            c1 = V.Fused(v, next, c1);
            v = V.Of(xc[inputStride]);
            d0 = V.Fused(v, first, d0);
            d1 = V.Fused(v, next, d1);
        }
        Store(y, a0, a1, second);
        Store(y + stride, b0, b1, second);
        Store(y + 2 * stride, c0, c1, second);
        Store(y + 3 * stride, d0, d1, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store<V>(float* y, V first, V next, int second)
        where V : unmanaged, IVector<V, float>
    {
        first.Store(y);
        next.Store(y + second);
    }

    /// <summary>One row, by eight vectors while there are as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Row<V>(float* x, float* w, float* start, float* y, int count)
        where V : unmanaged, IVector<V, float>
    {
        var (o, second) = (0, Place(V.Count, 0));
        for (; o + 8 * V.Count <= count; o += 8 * V.Count)
        {
            V a = V.Load(start + o), b = V.Load(start + o + V.Count), c = V.Load(start + o + 2 * V.Count), d = V.Load(start + o + 3 * V.Count);
            V e = V.Load(start + o + 4 * V.Count), f = V.Load(start + o + 5 * V.Count), g = V.Load(start + o + 6 * V.Count),
                h = V.Load(start + o + 7 * V.Count);
            float* w0 = w + Place(o, 0), w1 = w + Place(o + 2 * V.Count, 0), w2 = w + Place(o + 4 * V.Count, 0), w3 = w + Place(o + 6 * V.Count, 0);
            for (var k = 0; k < Inputs; k++, w0 += Lanes, w1 += Lanes, w2 += Lanes, w3 += Lanes)
            {
                var v = V.Of(x[k]);
                a = V.Fused(v, w0, a);
                b = V.Fused(v, w0 + second, b);
                c = V.Fused(v, w1, c);
                d = V.Fused(v, w1 + second, d);
                e = V.Fused(v, w2, e);
                f = V.Fused(v, w2 + second, f);
                g = V.Fused(v, w3, g);
                h = V.Fused(v, w3 + second, h);
            }
            Store(y + o, a, b, V.Count);
            Store(y + o + 2 * V.Count, c, d, V.Count);
            Store(y + o + 4 * V.Count, e, f, V.Count);
            Store(y + o + 6 * V.Count, g, h, V.Count);
        }
        for (; o < count; o += V.Count)
        {
            var sum = V.Load(start + o);
            var at = w + Place(o, 0);
            for (var k = 0; k < Inputs; k++, at += Lanes)
                sum = V.Fused(V.Of(x[k]), at, sum);
            sum.Store(y + o);
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
