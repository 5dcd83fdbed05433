using ILGPU;
using LedCluster.Models.Inference;
using static LedCluster.Models.Devices.KernelArithmetic;

namespace LedCluster.Models.Devices;

/// <summary>Four numbers of one load.</summary>
internal struct Four(float a, float b, float c, float d)
{
    public float A = a, B = b, C = c, D = d;

    /// <summary>v·w + sum, each number rounded once.</summary>
    public static Four Fused(float v, Four w, Four sum) => new(
        KernelArithmetic.Fused(v, w.A, sum.A), KernelArithmetic.Fused(v, w.B, sum.B), KernelArithmetic.Fused(v, w.C, sum.C), KernelArithmetic.Fused(v, w.D, sum.D));
}

/// <summary>A leg of some members.</summary>
internal struct KernelLeg
{
    /// <summary>Members M, latents d_z, and units H of a cell, padded as in managed code.</summary>
    public int Members, Latents, Units;

    /// <summary>Frames that are known, frames that are consumed without a prediction, and frames to predict.</summary>
    public int Known, Fed, Steps;

    /// <summary>Whether the readout is the change of the latents.</summary>
    public int Increment;

    /// <summary>Whether the weights are copied into the memory of each multiprocessor first.</summary>
    public int Shared;
}

/// <summary>
/// Propagators as kernels: a thread takes one member through all frames of a leg, and each number is computed as in managed code, in the
/// same order. Arrays that a thread goes through are [numbers, members], so that neighbouring threads read neighbouring numbers.
/// </summary>
/// <remarks>
/// Weights are fours of neighbouring outputs: of each four its biases, then those of each input; for cells so for each of their four gates.
/// Floor of an LSTM per member and step: (d_z + H)·4H + H·d_z fused multiply-adds.
/// </remarks>
internal static class LatentKernels
{
    /// <summary>Long short-term memory, see <see cref="LstmPropagator"/>.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="network">Gates, then the readout's weights [d_z, H].</param>
    /// <param name="scaling">Of each latent low, then range, then the readout's bias, [3, d_z].</param>
    /// <param name="known">Known latents [known, M, d_z].</param>
    /// <param name="memory">h and c, [M, 2H], updated.</param>
    /// <param name="path">Receives the predictions [steps, M, d_z].</param>
    /// <param name="scratch">[3H, M].</param>
    public static void Lstm(
        KernelLeg leg, ArrayView<Four> network, ArrayView<float> scaling, ArrayView<float> known, ArrayView<float> memory, ArrayView<float> path,
        ArrayView<float> scratch)
    {
        var weights = Weights(leg, network);
        var m = Grid.GlobalIndex.X;
        if (m >= leg.Members)
            return;
        int members = leg.Members, d = leg.Latents, h = leg.Units;
        int now = m, next = h * members + m, cell = 2 * h * members + m;
        for (var j = 0; j < h; j++)
        {
            scratch[now + j * members] = memory[2 * m * h + j];
            scratch[cell + j * members] = memory[(2 * m + 1) * h + j];
        }
        for (var frame = 0; frame < leg.Fed + leg.Steps; frame++)
        {
            var isKnown = frame < leg.Known;
            var at = ((isKnown ? frame : frame - leg.Known) * members + m) * d;
            var w = 0;
            for (var j = 0; j < h; j += 4)
            {
                Four i = weights[w], f = weights[w + 1], g = weights[w + 2], o = weights[w + 3];
                w += 4;
                for (var k = 0; k < d; k++, w += 4)
                {
                    var v = isKnown ? known[at + k] : path[at + k];
                    i = Four.Fused(v, weights[w], i);
                    f = Four.Fused(v, weights[w + 1], f);
                    g = Four.Fused(v, weights[w + 2], g);
                    o = Four.Fused(v, weights[w + 3], o);
                }
                for (var k = 0; k < h; k++, w += 4)
                {
                    var v = scratch[now + k * members];
                    i = Four.Fused(v, weights[w], i);
                    f = Four.Fused(v, weights[w + 1], f);
                    g = Four.Fused(v, weights[w + 2], g);
                    o = Four.Fused(v, weights[w + 3], o);
                }
                LstmCell(scratch, cell + j * members, next + j * members, i.A, f.A, g.A, o.A);
                LstmCell(scratch, cell + (j + 1) * members, next + (j + 1) * members, i.B, f.B, g.B, o.B);
                LstmCell(scratch, cell + (j + 2) * members, next + (j + 2) * members, i.C, f.C, g.C, o.C);
                LstmCell(scratch, cell + (j + 3) * members, next + (j + 3) * members, i.D, f.D, g.D, o.D);
            }
            (now, next) = (next, now);
            if (frame < leg.Fed)
                continue;
            var to = ((frame - leg.Fed) * members + m) * d;
            for (var k = 0; k < d; k++, w += h / 4)
            {
                var y = Sum(Dot(scratch, now, members, weights, w, h), scaling[2 * d + k]);
                path[to + k] = leg.Increment != 0
                    ? KernelArithmetic.Fused(y, scaling[d + k], isKnown ? known[at + k] : path[at + k])
                    : KernelArithmetic.Fused(HalfTanh(y), scaling[d + k], scaling[k]);
            }
        }
        for (var j = 0; j < h; j++)
        {
            memory[2 * m * h + j] = scratch[now + j * members];
            memory[(2 * m + 1) * h + j] = scratch[cell + j * members];
        }
    }

    /// <summary>Gated recurrent unit, see <see cref="GruPropagator"/>.</summary>
    /// <param name="leg">The leg.</param>
    /// <param name="network">Gates, then the readout as a layer.</param>
    /// <param name="layers">Inputs, outputs and activation of the readout.</param>
    /// <param name="scaling">Of each latent low, then range, [2, d_z].</param>
    /// <param name="known">Known latents [known, M, d_z].</param>
    /// <param name="memory">h, [M, H], updated.</param>
    /// <param name="path">Receives the predictions [steps, M, d_z].</param>
    /// <param name="scratch">[2H + d_z + d_z in whole fours, M].</param>
    public static void Gru(
        KernelLeg leg, ArrayView<Four> network, ArrayView<int> layers, ArrayView<float> scaling, ArrayView<float> known, ArrayView<float> memory,
        ArrayView<float> path, ArrayView<float> scratch)
    {
        var weights = Weights(leg, network);
        var m = Grid.GlobalIndex.X;
        if (m >= leg.Members)
            return;
        int members = leg.Members, d = leg.Latents, h = leg.Units;
        int now = m, next = h * members + m, input = 2 * h * members + m, output = input + d * members;
        for (var j = 0; j < h; j++)
            scratch[now + j * members] = memory[m * h + j];
        for (var frame = 0; frame < leg.Fed + leg.Steps; frame++)
        {
            Scale(leg, frame, m, scaling, known, path, scratch, input);
            var w = 0;
            for (var j = 0; j < h; j += 4)
            {
                Four r = weights[w], z = weights[w + 1], a = weights[w + 2], b = weights[w + 3];
                w += 4;
                for (var k = 0; k < d + h; k++, w += 4)
                {
                    var v = k < d ? scratch[input + k * members] : scratch[now + (k - d) * members];
                    r = Four.Fused(v, weights[w], r);
                    z = Four.Fused(v, weights[w + 1], z);
                    a = Four.Fused(v, weights[w + 2], a);
                    b = Four.Fused(v, weights[w + 3], b);
                }
                GruCell(scratch, now + j * members, next + j * members, r.A, z.A, a.A, b.A);
                GruCell(scratch, now + (j + 1) * members, next + (j + 1) * members, r.B, z.B, a.B, b.B);
                GruCell(scratch, now + (j + 2) * members, next + (j + 2) * members, r.C, z.C, a.C, b.C);
                GruCell(scratch, now + (j + 3) * members, next + (j + 3) * members, r.D, z.D, a.D, b.D);
            }
            (now, next) = (next, now);
            if (frame < leg.Fed)
                continue;
            Layer(weights, w, layers[0], layers[1], layers[2], scratch, now, output, members);
            Unscale(leg, frame, m, scaling, path, scratch, input, output);
        }
        for (var j = 0; j < h; j++)
            memory[m * h + j] = scratch[now + j * members];
    }

    /// <summary>Perceptron, see <see cref="PerceptronPropagator"/>.</summary>
    /// <param name="leg">The leg, whose units are the numbers of the widest layer, in whole fours.</param>
    /// <param name="network">The layers.</param>
    /// <param name="layers">Inputs, outputs and activation of each, [layers, 3].</param>
    /// <param name="scaling">Of each latent low, then range, [2, d_z].</param>
    /// <param name="known">Known latents [known, M, d_z].</param>
    /// <param name="path">Receives the predictions [steps, M, d_z].</param>
    /// <param name="scratch">[d_z + 2·units, M].</param>
    public static void Perceptron(
        KernelLeg leg, ArrayView<Four> network, ArrayView<int> layers, ArrayView<float> scaling, ArrayView<float> known, ArrayView<float> path,
        ArrayView<float> scratch)
    {
        var weights = Weights(leg, network);
        var m = Grid.GlobalIndex.X;
        if (m >= leg.Members)
            return;
        var members = leg.Members;
        int input = m, even = input + leg.Latents * members, odd = even + leg.Units * members;
        for (var frame = leg.Fed; frame < leg.Fed + leg.Steps; frame++)
        {
            Scale(leg, frame, m, scaling, known, path, scratch, input);
            int from = input, to = even, spare = odd, w = 0;
            for (var layer = 0; layer < layers.Length; layer += 3)
            {
                w = Layer(weights, w, layers[layer], layers[layer + 1], layers[layer + 2], scratch, from, to, members);
                (from, to, spare) = (to, spare, to);
            }
            Unscale(leg, frame, m, scaling, path, scratch, input, from);
        }
    }

    /// <summary>The weights, in the memory of the multiprocessor where they fit.</summary>
    private static ArrayView<Four> Weights(KernelLeg leg, ArrayView<Four> network)
    {
        if (leg.Shared == 0)
            return network;
        var shared = SharedMemory.GetDynamic<Four>();
        for (var i = Group.IdxX; i < network.IntLength; i += Group.DimX)
            shared[i] = network[i];
        Group.Barrier();
        return shared;
    }

    private static void LstmCell(ArrayView<float> scratch, int cell, int output, float i, float f, float g, float o)
    {
        float input = OnePlusExp(i), forget = OnePlusExp(f), e = TanhPart(g);
        var weight = Product(input, Sum(e, 2));
        var c = Quotient(KernelArithmetic.Fused(scratch[cell], weight, Product(e, forget)), Product(weight, forget));
        scratch[cell] = c;
        e = TanhPart(c);
        scratch[output] = Quotient(e, Product(OnePlusExp(o), Sum(e, 2)));
    }

    private static void GruCell(ArrayView<float> scratch, int now, int next, float r, float z, float a, float b)
    {
        var candidate = Tanh(Sum(a, Quotient(b, OnePlusExp(r))));
        scratch[next] = Sum(candidate, Quotient(Difference(scratch[now], candidate), OnePlusExp(z)));
    }

    /// <summary>Sixteen partial sums, which are then added in pairs.</summary>
    private static float Dot(ArrayView<float> scratch, int from, int members, ArrayView<Four> weights, int w, int h)
    {
        Four p = new(0, 0, 0, 0), q = new(0, 0, 0, 0), r = new(0, 0, 0, 0), s = new(0, 0, 0, 0);
        for (var j = 0; j < h; j += 16, w += 4, from += 16 * members)
        {
            p = Fused(scratch, from, members, weights[w], p);
            q = Fused(scratch, from + 4 * members, members, weights[w + 1], q);
            r = Fused(scratch, from + 8 * members, members, weights[w + 2], r);
            s = Fused(scratch, from + 12 * members, members, weights[w + 3], s);
        }
        float a = Sum(Sum(p.A, r.A), Sum(q.A, s.A)), b = Sum(Sum(p.B, r.B), Sum(q.B, s.B)), c = Sum(Sum(p.C, r.C), Sum(q.C, s.C)), d = Sum(Sum(p.D, r.D), Sum(q.D, s.D));
        return Sum(Sum(a, c), Sum(b, d));
    }

    private static Four Fused(ArrayView<float> scratch, int from, int members, Four w, Four sum) => new(
        KernelArithmetic.Fused(scratch[from], w.A, sum.A), KernelArithmetic.Fused(scratch[from + members], w.B, sum.B),
        KernelArithmetic.Fused(scratch[from + 2 * members], w.C, sum.C), KernelArithmetic.Fused(scratch[from + 3 * members], w.D, sum.D));

    /// <summary>A layer of one member; returns where the next one's weights begin.</summary>
    private static int Layer(ArrayView<Four> weights, int w, int inputs, int outputs, int activation, ArrayView<float> scratch, int from, int to, int members)
    {
        for (var o = 0; o < outputs; o += 4, to += 4 * members)
        {
            var sum = weights[w++];
            for (var k = 0; k < inputs; k++)
                sum = Four.Fused(scratch[from + k * members], weights[w++], sum);
            scratch[to] = Activated(sum.A, activation);
            scratch[to + members] = Activated(sum.B, activation);
            scratch[to + 2 * members] = Activated(sum.C, activation);
            scratch[to + 3 * members] = Activated(sum.D, activation);
        }
        return w;
    }

    private static float Activated(float x, int activation)
    {
        if (activation == (int)Activation.Celu)
            return Celu(x);
        if (activation == (int)Activation.HalfTanh)
            return HalfTanh(x);
        if (activation == (int)Activation.Tanh)
            return Tanh(x);
        return activation == (int)Activation.Relu ? Relu(x) : x;
    }

    /// <summary>The latents that a frame's step begins with, scaled.</summary>
    private static void Scale(
        KernelLeg leg, int frame, int m, ArrayView<float> scaling, ArrayView<float> known, ArrayView<float> path, ArrayView<float> scratch, int input)
    {
        var isKnown = frame < leg.Known;
        var at = ((isKnown ? frame : frame - leg.Known) * leg.Members + m) * leg.Latents;
        for (var k = 0; k < leg.Latents; k++)
            scratch[input + k * leg.Members] = Quotient(Difference(isKnown ? known[at + k] : path[at + k], scaling[k]), scaling[leg.Latents + k]);
    }

    private static void Unscale(
        KernelLeg leg, int frame, int m, ArrayView<float> scaling, ArrayView<float> path, ArrayView<float> scratch, int input, int output)
    {
        var at = ((frame - leg.Fed) * leg.Members + m) * leg.Latents;
        for (var k = 0; k < leg.Latents; k++)
        {
            var y = scratch[output + k * leg.Members];
            path[at + k] = KernelArithmetic.Fused(leg.Increment != 0 ? Sum(y, scratch[input + k * leg.Members]) : y, scaling[leg.Latents + k], scaling[k]);
        }
    }
}
