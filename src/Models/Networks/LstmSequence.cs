using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace LedCluster.Models.Networks;

/// <summary>Weights of an LSTM with a readout, in PyTorch's layout.</summary>
/// <param name="Input">W [4H, d], gates in the order i, f, g, o.</param>
/// <param name="Hidden">U [4H, H].</param>
/// <param name="InputBias">b [4H].</param>
/// <param name="HiddenBias">b′ [4H].</param>
/// <param name="Readout">V [d, H].</param>
/// <param name="ReadoutBias">r [d].</param>
internal sealed record LstmWeights(Tensor Input, Tensor Hidden, Tensor InputBias, Tensor HiddenBias, Tensor Readout, Tensor ReadoutBias);

/// <summary>
/// An LSTM with its readout over a whole sequence, as one node of the autograd graph, on the processor:
/// a = W x + U h + b + b′, i, f, o = σ(a), g = tanh(a), c′ = f c + i g, y = tanh c′, h′ = o y, and the next latent is ½ + ½ tanh(V h′ + r)
/// or x + V h′ + r. Its derivative is back-propagation through time, written out.
/// </summary>
/// <remarks>
/// Step by step, libtorch records some twenty operations each, and at H = 32 a training spends most of its time on their
/// bookkeeping. Here a step is two matrix products by libtorch and a pass of managed code over the gates. Members are the last
/// dimension, so that each gate is contiguous; a row of ones below x and h takes the biases into the matrices.
/// </remarks>
internal sealed class LstmSequence : autograd.MultiTensorFunction<LstmSequence>
{
    /// <inheritdoc />
    public override string Name => nameof(LstmSequence);

    /// <summary>Runs over a sequence, as <see cref="LatentNetwork.Run"/> says.</summary>
    public static (Tensor Path, Tensor[] Memory) Run(LstmWeights weights, Tensor frames, bool[] given, bool increment, Tensor[] memory)
    {
        Tensor[] inputs = [frames, memory[0], memory[1], weights.Input, weights.Hidden, weights.InputBias, weights.HiddenBias, weights.Readout, weights.ReadoutBias];
        var plan = new Plan(given, increment, frames.requires_grad);
        var outputs = is_grad_enabled() ? apply([.. inputs, plan]) : Forward(inputs, plan, null);
        return (outputs[0], [outputs[1], outputs[2]]);
    }

    /// <inheritdoc />
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) =>
        Forward([.. vars.Take(vars.Length - 1).Cast<Tensor>()], (Plan)vars[^1], ctx);

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        foreach (var gradient in grad_outputs)
            scope.Attach(gradient);
        var saved = ctx.get_saved_variables();
        var plan = (Plan)ctx.get_data(nameof(Plan));
        var gradients = saved[0].dtype == ScalarType.Float64 ? Backward<double>(saved, plan, grad_outputs) : Backward<float>(saved, plan, grad_outputs);
        foreach (var gradient in gradients)
            gradient?.MoveToOuterDisposeScope();
        return gradients!;
    }

    private static List<Tensor> Forward(Tensor[] inputs, Plan plan, autograd.AutogradContext? context)
    {
        using var scope = NewDisposeScope();
        var (outputs, saved) = inputs[3].dtype == ScalarType.Float64 ? Forward<double>(inputs, plan) : Forward<float>(inputs, plan);
        if (context is not null)
        {
            context.save_for_backward([.. saved.Select(tensor => tensor.MoveToOuterDisposeScope())]);
            context.save_data(nameof(Plan), plan);
        }
        return [.. outputs.Select(tensor => tensor.MoveToOuterDisposeScope())];
    }

    private static (Tensor[] Outputs, Tensor[] Saved) Forward<T>(Tensor[] inputs, Plan plan) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = new Sizes(plan.Given.Length, (int)inputs[1].shape[0], (int)inputs[4].shape[1], (int)inputs[3].shape[1]);
        var (weight, readout) = Packed(inputs);
        var frames = inputs[0].detach().transpose(1, 2).contiguous(); // [S′, d, B]
        Tensor states = empty([size.Steps + 1, size.Rows, size.Members], weight.dtype), gates = empty([size.Steps, 4 * size.Hidden, size.Members], weight.dtype);
        Tensor cells = empty([size.Steps + 1, size.Hidden, size.Members], weight.dtype), squashed = empty([size.Steps, size.Hidden, size.Members], weight.dtype);
        var path = empty([size.Steps, size.Latent, size.Members], weight.dtype);
        Span<T> state = Values<T>(states), gate = Values<T>(gates), cell = Values<T>(cells), tanh = Values<T>(squashed), latent = Values<T>(path), known = Values<T>(frames);
        states.select(0, 0).narrow(0, size.Latent, size.Hidden).copy_(inputs[1].detach().t());
        cells.select(0, 0).copy_(inputs[2].detach().t());
        for (var s = 0; s <= size.Steps; s++)
            state.Slice((s + 1) * size.State - size.Members, size.Members).Fill(T.One);
        var (stateOf, gateOf, latentOf) = (states.unbind(0), gates.unbind(0), path.unbind(0)); // a view of each step
        var hiddenOf = states.narrow(1, size.Latent, size.Hidden + 1).unbind(0);               // h and the row of ones

        for (var s = 0; s < size.Steps; s++)
        {
            var now = state.Slice(s * size.State, size.Row);
            (plan.Given[s] ? known.Slice(s * size.Row, size.Row) : latent.Slice((s - 1) * size.Row, size.Row)).CopyTo(now);
            gateOf[s].addmm_(weight, stateOf[s], beta: 0);
            Step(
                gate.Slice(s * 4 * size.Block, 4 * size.Block), cell.Slice(s * size.Block, size.Block), cell.Slice((s + 1) * size.Block, size.Block),
                tanh.Slice(s * size.Block, size.Block), state.Slice((s + 1) * size.State + size.Row, size.Block));
            latentOf[s].addmm_(readout, hiddenOf[s + 1], beta: 0);
            var next = latent.Slice(s * size.Row, size.Row);
            if (plan.Increment)
            {
                TensorPrimitives.Add(next, now, next);
                continue;
            }
            var half = T.CreateChecked(0.5);
            TensorPrimitives.Tanh<T>(next, next);
            TensorPrimitives.Multiply<T>(next, half, next);
            TensorPrimitives.Add<T>(next, half, next);
        }
        return (
            [path.transpose(1, 2).contiguous(), states.select(0, size.Steps).narrow(0, size.Latent, size.Hidden).t().contiguous(), cells.select(0, size.Steps).t().contiguous()],
            [weight, readout, states, gates, cells, squashed, path]);
    }

    /// <summary>From gates a to i, f, g, o in their place, c′, y = tanh c′ and h′.</summary>
    private static void Step<T>(Span<T> gates, ReadOnlySpan<T> cell, Span<T> nextCell, Span<T> tanh, Span<T> hidden) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var n = cell.Length;
        Span<T> i = gates[..n], f = gates.Slice(n, n), g = gates.Slice(2 * n, n), o = gates.Slice(3 * n, n);
        TensorPrimitives.Sigmoid<T>(gates[..(2 * n)], gates[..(2 * n)]);
        TensorPrimitives.Tanh<T>(g, g);
        TensorPrimitives.Sigmoid<T>(o, o);
        TensorPrimitives.Multiply<T>(i, g, tanh);
        TensorPrimitives.MultiplyAdd<T>(f, cell, tanh, nextCell);
        TensorPrimitives.Tanh<T>(nextCell, tanh);
        TensorPrimitives.Multiply<T>(o, tanh, hidden);
    }

    private static List<Tensor?> Backward<T>(List<Tensor> saved, Plan plan, List<Tensor> outputs) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (weight, readout, states, gates, cells, squashed, path) = (saved[0], saved[1], saved[2], saved[3], saved[4], saved[5], saved[6]);
        var size = new Sizes(plan.Given.Length, (int)path.shape[2], (int)cells.shape[1], (int)path.shape[1]);
        Span<T> gate = Values<T>(gates), cell = Values<T>(cells), tanh = Values<T>(squashed), latent = Values<T>(path);
        var changes = outputs[0].transpose(1, 2).contiguous(); // ∂path, [S, d, B]; becomes ∂(V h′ + r)
        var (dHidden, dCell) = (outputs[1].t().contiguous(), outputs[2].t().contiguous()); // [H, B]
        Tensor dGates = empty_like(gates), dState = empty([size.Rows, size.Members], weight.dtype);
        Tensor dWeight = zeros_like(weight), dReadout = zeros_like(readout), dFrames = zeros([plan.FramesLearn ? size.Steps : 0, size.Latent, size.Members], weight.dtype);
        Span<T> change = Values<T>(changes), dH = Values<T>(dHidden), dC = Values<T>(dCell), dA = Values<T>(dGates), dX = Values<T>(dState), known = Values<T>(dFrames);
        var (weightT, readoutT) = (weight.t(), readout.narrow(1, 0, size.Hidden).t());
        var (stateOf, dGateOf, changeOf) = (states.transpose(1, 2).unbind(0), dGates.unbind(0), changes.unbind(0));
        var hiddenOf = states.narrow(1, size.Latent, size.Hidden + 1).transpose(1, 2).unbind(0);
        var carried = new T[size.Row]; // ∂ of the latent that the step after consumed, when it was this one's prediction

        for (var s = size.Steps - 1; s >= 0; s--)
        {
            Span<T> next = change.Slice(s * size.Row, size.Row), predicted = latent.Slice(s * size.Row, size.Row);
            TensorPrimitives.Add<T>(next, carried, next);
            Span<T> past = plan.Increment ? [.. next] : [];
            if (!plan.Increment)
                for (var k = 0; k < next.Length; k++)
                    next[k] *= T.CreateChecked(2) * predicted[k] * (T.One - predicted[k]); // p = ½ + ½ tanh a, so that dp/da = 2 p (1 − p)
            dHidden.addmm_(readoutT, changeOf[s]);
            dReadout.addmm_(changeOf[s], hiddenOf[s + 1]);
            StepBack(
                gate.Slice(s * 4 * size.Block, 4 * size.Block), cell.Slice(s * size.Block, size.Block), tanh.Slice(s * size.Block, size.Block),
                dH, dC, dA.Slice(s * 4 * size.Block, 4 * size.Block));
            dWeight.addmm_(dGateOf[s], stateOf[s]);
            dState.addmm_(weightT, dGateOf[s], beta: 0);
            var dLatent = dX[..size.Row];
            if (plan.Increment)
                TensorPrimitives.Add<T>(dLatent, past, dLatent);
            dX.Slice(size.Row, size.Block).CopyTo(dH);
            carried.AsSpan().Clear();
            if (!plan.Given[s])
                dLatent.CopyTo(carried);
            else if (plan.FramesLearn)
                dLatent.CopyTo(known.Slice(s * size.Row, size.Row));
        }
        var (dBias, dOffset) = (dWeight.select(1, size.Rows - 1).contiguous(), dReadout.select(1, size.Hidden).contiguous());
        return
        [
            plan.FramesLearn ? dFrames.transpose(1, 2).contiguous() : null, dHidden.t().contiguous(), dCell.t().contiguous(),
            dWeight.narrow(1, 0, size.Latent).contiguous(), dWeight.narrow(1, size.Latent, size.Hidden).contiguous(), dBias, dBias.clone(),
            dReadout.narrow(1, 0, size.Hidden).contiguous(), dOffset, null,
        ];
    }

    /// <summary>From ∂h′ and ∂c′ to ∂a and, in the place of ∂c′, ∂c.</summary>
    private static void StepBack<T>(ReadOnlySpan<T> gates, ReadOnlySpan<T> cell, ReadOnlySpan<T> tanh, ReadOnlySpan<T> dH, Span<T> dC, Span<T> dA)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (n, wide) = (cell.Length, Vector<T>.Count);
        for (var k = 0; k < n; k += wide)
        {
            if (k + wide > n)
            {
                for (; k < n; k++)
                    Back(gates[k], gates[n + k], gates[2 * n + k], gates[3 * n + k], cell[k], tanh[k], dH[k], ref dC[k], out dA[k], out dA[n + k], out dA[2 * n + k], out dA[3 * n + k]);
                return;
            }
            Vector<T> i = At(gates, k), f = At(gates, n + k), g = At(gates, 2 * n + k), o = At(gates, 3 * n + k), y = At(tanh, k), dh = At(dH, k), one = Vector<T>.One;
            var d = At(dC, k) + dh * o * (one - y * y);
            (d * g * i * (one - i)).CopyTo(dA[k..]);
            (d * At(cell, k) * f * (one - f)).CopyTo(dA[(n + k)..]);
            (d * i * (one - g * g)).CopyTo(dA[(2 * n + k)..]);
            (dh * y * o * (one - o)).CopyTo(dA[(3 * n + k)..]);
            (d * f).CopyTo(dC[k..]);
        }

        static Vector<T> At(ReadOnlySpan<T> values, int k) => new(values[k..]);

        static void Back(T i, T f, T g, T o, T c, T y, T dh, ref T dc, out T di, out T df, out T dg, out T dO)
        {
            var d = dc + dh * o * (T.One - y * y);
            (di, df, dg, dO, dc) = (d * g * i * (T.One - i), d * c * f * (T.One - f), d * i * (T.One - g * g), dh * y * o * (T.One - o), d * f);
        }
    }

    /// <summary>[W U b + b′] of [4H, d + H + 1] and [V r] of [d, H + 1].</summary>
    private static (Tensor Weight, Tensor Readout) Packed(Tensor[] inputs)
    {
        var bias = inputs[5].detach() + inputs[6].detach();
        return (cat([inputs[3].detach(), inputs[4].detach(), bias.unsqueeze(1)], 1), cat([inputs[7].detach(), inputs[8].detach().unsqueeze(1)], 1));
    }

    private static Span<T> Values<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    private sealed record Plan(bool[] Given, bool Increment, bool FramesLearn);

    /// <summary>Numbers in each part of the buffers.</summary>
    private sealed record Sizes(int Steps, int Members, int Hidden, int Latent)
    {
        /// <summary>Rows of x, h and ones.</summary>
        public int Rows => Latent + Hidden + 1;

        /// <summary>Numbers of a state, of a latent and of h.</summary>
        public int State => Rows * Members;

        public int Row => Latent * Members;

        public int Block => Hidden * Members;
    }
}
