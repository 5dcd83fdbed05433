using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

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
/// bookkeeping. Here a step is a few operations in memory that is there already. Members are the last
/// dimension, so that each gate is contiguous; a row of ones below x and h takes the biases into the matrices; tanh a is
/// 2 σ(2 a) − 1, since libtorch's σ is seven times as fast as its tanh in float64.
/// </remarks>
internal sealed class LstmSequence : autograd.MultiTensorFunction<LstmSequence>
{
    private const int Candidate = 2; // of the gates i, f, g, o the one with tanh

    /// <inheritdoc />
    public override string Name => nameof(LstmSequence);

    /// <summary>Runs over a sequence, as <see cref="LatentNetwork.Run"/> says.</summary>
    public static (Tensor Path, Tensor[] Memory) Run(
        LstmWeights weights, LstmWorkspace workspace, Tensor frames, bool[] given, bool increment, Tensor[] memory)
    {
        Tensor[] inputs =
        [
            frames, memory[0], memory[1],
            weights.Input, weights.Hidden, weights.InputBias, weights.HiddenBias, weights.Readout, weights.ReadoutBias,
        ];
        var tape = new Tape(workspace, given, increment, frames.requires_grad, inputs);
        if (is_grad_enabled())
        {
            var outputs = apply([.. inputs, tape]);
            return (outputs[0], [outputs[1], outputs[2]]);
        }
        var (path, h, c) = tape.Forward(inputs);
        tape.Return();
        return (path, [h, c]);
    }

    /// <inheritdoc />
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var tape = (Tape)vars[^1];
        ctx.save_data(nameof(Tape), tape);
        var (path, h, c) = tape.Forward([.. vars.Take(vars.Length - 1).Cast<Tensor>()]);
        return [path, h, c];
    }

    /// <inheritdoc />
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        foreach (var gradient in grad_outputs)
            scope.Attach(gradient);
        var tape = (Tape)ctx.get_data(nameof(Tape));
        var gradients = tape.Backward(grad_outputs[0], grad_outputs[1], grad_outputs[2]);
        tape.Return();
        foreach (var gradient in gradients)
            gradient?.MoveToOuterDisposeScope();
        return gradients!;
    }

    /// <summary>What a forward pass leaves for the backward pass, in one piece of memory.</summary>
    private sealed class Tape
    {
        private readonly LstmWorkspace workspace;
        private readonly bool[] given;
        private readonly bool increment, framesLearn;
        private readonly int steps, members, hidden, latent;
        private readonly ScalarType type;
        private readonly Tensor buffer;

        public Tape(LstmWorkspace workspace, bool[] given, bool increment, bool framesLearn, Tensor[] inputs)
        {
            (this.workspace, this.given, this.increment, this.framesLearn) = (workspace, given, increment, framesLearn);
            (steps, members, hidden, latent, type) = (given.Length, (int)inputs[1].shape[0], (int)inputs[4].shape[1], (int)inputs[3].shape[1], inputs[3].dtype);
            buffer = workspace.Rent(Count, type);
        }

        private int Rows => latent + hidden + 1; // of x, h and ones

        private long Count =>
            (steps + 1L) * Rows * members + (6L * steps + 1) * hidden * members + (long)steps * latent * members
            + 4L * hidden * Rows + latent * (hidden + 1);

        public void Return() => workspace.Return(buffer);

        public (Tensor Path, Tensor H, Tensor C) Forward(Tensor[] inputs)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var (path, h, c) = type == ScalarType.Float64 ? Forward<double>(inputs) : Forward<float>(inputs);
            return (path.MoveToOuterDisposeScope(), h.MoveToOuterDisposeScope(), c.MoveToOuterDisposeScope());
        }

        public List<Tensor?> Backward(Tensor path, Tensor h, Tensor c) =>
            type == ScalarType.Float64 ? Backward<double>(path, h, c) : Backward<float>(path, h, c);

        private (Tensor Path, Tensor H, Tensor C) Forward<T>(Tensor[] inputs) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (weight, readout, states, gates, cells, squashed, path) = Parts();
            var (state, cell, row, block) = (Rows * members, hidden * members, latent * members, hidden * members);
            weight.narrow(1, 0, latent).copy_(inputs[3]);
            weight.narrow(1, latent, hidden).copy_(inputs[4]);
            weight.select(1, Rows - 1).copy_(inputs[5].Plus(inputs[6]));
            weight.narrow(0, Candidate * hidden, hidden).mul_(Numbers.Constant(2)); // σ(2 a)
            readout.narrow(1, 0, hidden).copy_(inputs[7]);
            readout.select(1, hidden).copy_(inputs[8]);
            if (!increment)
                readout.mul_(Numbers.Constant(2)); // ½ + ½ tanh a = σ(2 a)
            states.select(0, 0).narrow(0, latent, hidden).copy_(inputs[1].t());
            states.select(1, Rows - 1).fill_(Numbers.Constant(1));
            cells.select(0, 0).copy_(inputs[2].t());
            Tensor[] stateOf = states.unbind(0), gateOf = gates.unbind(0), squashedOf = squashed.unbind(0), pathOf = path.unbind(0); // views of each step
            var inputOf = states.narrow(1, 0, latent).unbind(0);
            var hiddenOf = states.narrow(1, latent, hidden + 1).unbind(0); // h and the row of ones
            var known = inputs[0].transpose(1, 2).unbind(0);
            Span<T> all = Values<T>(states), gate = Values<T>(gates), c = Values<T>(cells), y = Values<T>(squashed);
            for (var s = 0; s < steps; s++)
            {
                inputOf[s].copy_(given[s] ? known[s] : pathOf[s - 1]);
                gateOf[s].addmm_(weight, stateOf[s], beta: 0);
                gateOf[s].sigmoid_();
                NextCell(gate.Slice(s * 4 * block, 4 * block), c.Slice(s * cell, cell), c.Slice((s + 1) * cell, cell), y.Slice(s * block, block));
                squashedOf[s].sigmoid_();
                NextHidden(gate.Slice((s * 4 + 3) * block, block), y.Slice(s * block, block), all.Slice((s + 1) * state + row, block));
                pathOf[s].addmm_(readout, hiddenOf[s + 1], beta: 0);
                if (increment)
                    pathOf[s].PlusInPlace(inputOf[s]);
                else
                    pathOf[s].sigmoid_();
            }
            return (Copy(path.transpose(1, 2)), Copy(states.select(0, steps).narrow(0, latent, hidden).t()), Copy(cells.select(0, steps).t()));
        }

        private List<Tensor?> Backward<T>(Tensor dPath, Tensor dH, Tensor dC) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var (weight, readout, states, gates, cells, squashed, path) = Parts();
            var (cell, row, block) = (hidden * members, latent * members, hidden * members);
            var changes = Copy(dPath.transpose(1, 2)); // ∂path, [S, d, B]; becomes ∂ of what the readout's matrix gives
            var (dHidden, dCell) = (Copy(dH.t()), Copy(dC.t())); // [H, B]
            Tensor dGates = empty([4 * hidden, members], type), dState = empty([Rows, members], type);
            Tensor dWeight = zeros_like(weight), dReadout = zeros_like(readout), dFrames = zeros([framesLearn ? steps : 0, latent, members], type);
            var (weightT, readoutT) = (weight.t(), readout.narrow(1, 0, hidden).t());
            Tensor[] changeOf = changes.unbind(0), pathOf = path.unbind(0), stateOf = states.transpose(1, 2).unbind(0);
            var hiddenOf = states.narrow(1, latent, hidden + 1).transpose(1, 2).unbind(0);
            var (dInput, dBefore) = (dState.narrow(0, 0, latent), dState.narrow(0, latent, hidden));
            Span<T> gate = Values<T>(gates), c = Values<T>(cells), y = Values<T>(squashed), dh = Values<T>(dHidden), dc = Values<T>(dCell),
                da = Values<T>(dGates);
            for (var s = steps - 1; s >= 0; s--)
            {
                var carried = increment ? changeOf[s].clone() : null; // x′ = x + V h′ + r
                if (!increment)
                    changeOf[s].mul_(pathOf[s] * pathOf[s].neg().PlusInPlace(Numbers.Constant(1))); // p = σ(a), so that dp/da = p (1 − p)
                dHidden.addmm_(readoutT, changeOf[s]);
                dReadout.addmm_(changeOf[s], hiddenOf[s + 1]);
                StepBack(gate.Slice(s * 4 * block, 4 * block), c.Slice(s * cell, cell), y.Slice(s * block, block), dh, dc, da);
                dWeight.addmm_(dGates, stateOf[s]);
                dState.addmm_(weightT, dGates, beta: 0);
                if (increment)
                    dInput.PlusInPlace(carried!);
                dHidden.copy_(dBefore);
                if (!given[s])
                    changeOf[s - 1].PlusInPlace(dInput); // it was the prediction of the step before
                else if (framesLearn)
                    dFrames.select(0, s).copy_(dInput);
            }
            dWeight.narrow(0, Candidate * hidden, hidden).mul_(Numbers.Constant(2));
            if (!increment)
                dReadout.mul_(Numbers.Constant(2));
            var dBias = dWeight.select(1, Rows - 1).contiguous();
            return
            [
                framesLearn ? dFrames.transpose(1, 2).contiguous() : null, dHidden.t().contiguous(), dCell.t().contiguous(),
                dWeight.narrow(1, 0, latent).contiguous(), dWeight.narrow(1, latent, hidden).contiguous(), dBias, dBias.clone(),
                dReadout.narrow(1, 0, hidden).contiguous(), dReadout.select(1, hidden).contiguous(), null,
            ];
        }

        /// <summary>
        /// The buffer's parts: [2 · W U b + b′ for g] [4H, R], [V r] [d, H + 1], (x, h, 1) [S + 1, R, B], σ of the gates [S, 4H, B], c [S + 1, H, B],
        /// σ(2 c) [S, H, B] and predictions [S, d, B].
        /// </summary>
        private (Tensor Weight, Tensor Readout, Tensor States, Tensor Gates, Tensor Cells, Tensor Squashed, Tensor Path) Parts()
        {
            var offset = 0L;
            return (
                Part(4 * hidden, Rows), Part(latent, hidden + 1), Part(steps + 1, Rows, members), Part(steps, 4 * hidden, members),
                Part(steps + 1, hidden, members), Part(steps, hidden, members), Part(steps, latent, members));

            Tensor Part(params long[] shape)
            {
                var count = shape.Aggregate(1L, (product, size) => product * size);
                offset += count;
                return buffer.narrow(0, offset - count, count).view(shape);
            }
        }
    }

    /// <summary>From σ of the gates, of twice g, to c′ = f c + i g and twice it, whose σ is to be taken.</summary>
    private static void NextCell<T>(ReadOnlySpan<T> gates, ReadOnlySpan<T> cell, Span<T> next, Span<T> twice)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (n, wide, two) = (cell.Length, Vector<T>.Count, T.CreateChecked(2));
        ReadOnlySpan<T> i = gates[..n], f = gates.Slice(n, n), g = gates.Slice(2 * n, n);
        var k = 0;
        for (; k + wide <= n; k += wide)
        {
            var c = At(f, k) * At(cell, k) + At(i, k) * (At(g, k) + At(g, k) - Vector<T>.One);
            c.CopyTo(next[k..]);
            (c + c).CopyTo(twice[k..]);
        }
        for (; k < n; k++)
            twice[k] = two * (next[k] = f[k] * cell[k] + i[k] * (two * g[k] - T.One));
    }

    /// <summary>h′ = o y with y = 2 σ(2 c′) − 1.</summary>
    private static void NextHidden<T>(ReadOnlySpan<T> o, ReadOnlySpan<T> squashed, Span<T> hidden) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (n, wide, k) = (o.Length, Vector<T>.Count, 0);
        for (; k + wide <= n; k += wide)
            (At(o, k) * (At(squashed, k) + At(squashed, k) - Vector<T>.One)).CopyTo(hidden[k..]);
        for (; k < n; k++)
            hidden[k] = o[k] * (squashed[k] + squashed[k] - T.One);
    }

    /// <summary>From ∂h′ and ∂c′ to ∂a, of twice a for g, and, in the place of ∂c′, ∂c.</summary>
    private static void StepBack<T>(ReadOnlySpan<T> gates, ReadOnlySpan<T> cell, ReadOnlySpan<T> squashed, ReadOnlySpan<T> dH, Span<T> dC, Span<T> dA)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (n, wide, one, k) = (cell.Length, Vector<T>.Count, Vector<T>.One, 0);
        for (; k + wide <= n; k += wide)
        {
            Vector<T> i = At(gates, k), f = At(gates, n + k), σ = At(gates, 2 * n + k), o = At(gates, 3 * n + k), y = At(squashed, k), dh = At(dH, k);
            (y, var g) = (y + y - one, σ + σ - one);
            var d = At(dC, k) + dh * o * (one - y * y);
            (d * g * i * (one - i)).CopyTo(dA[k..]);
            (d * At(cell, k) * f * (one - f)).CopyTo(dA[(n + k)..]);
            (d * i * (σ + σ) * (one - σ)).CopyTo(dA[(2 * n + k)..]); // dg/d(2 a) = 2 σ (1 − σ)
            (dh * y * o * (one - o)).CopyTo(dA[(3 * n + k)..]);
            (d * f).CopyTo(dC[k..]);
        }
        for (; k < n; k++)
        {
            T i = gates[k], f = gates[n + k], σ = gates[2 * n + k], o = gates[3 * n + k], y = squashed[k] + squashed[k] - T.One, g = σ + σ - T.One;
            var d = dC[k] + dH[k] * o * (T.One - y * y);
            (dA[k], dA[n + k], dA[2 * n + k]) = (d * g * i * (T.One - i), d * cell[k] * f * (T.One - f), d * i * (σ + σ) * (T.One - σ));
            (dA[3 * n + k], dC[k]) = (dH[k] * y * o * (T.One - o), d * f);
        }
    }

    /// <summary>A copy in row-major order: what the buffer holds is overwritten.</summary>
    private static Tensor Copy(Tensor view) => empty(view.shape, view.dtype).copy_(view);

    private static Vector<T> At<T>(ReadOnlySpan<T> values, int k) => new(values[k..]);

    private static Span<T> Values<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);
}

/// <summary>
/// Memory for the sequences of an LSTM in training, kept from one step to the next: a fresh half gigabyte each time would cost
/// more in page faults than what is computed in it.
/// </summary>
internal sealed class LstmWorkspace : IDisposable
{
    // tensors are equal by content
    private readonly HashSet<Tensor> all = new(ReferenceEqualityComparer.Instance), free = new(ReferenceEqualityComparer.Instance);

    /// <summary>Numbers that may have any value, [at least <paramref name="count"/>], until they are returned.</summary>
    public Tensor Rent(long count, ScalarType type)
    {
        if (free.Where(buffer => buffer.numel() >= count && buffer.dtype == type).MinBy(buffer => buffer.numel()) is { } fitting)
        {
            free.Remove(fitting);
            return fitting;
        }
        foreach (var small in free) // sequences have got longer
        {
            all.Remove(small);
            small.Dispose();
        }
        free.Clear();
        var made = empty([count], type).DetachFromDisposeScope();
        all.Add(made);
        return made;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(Tensor buffer) => free.Add(buffer);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var buffer in all)
            buffer.Dispose();
    }
}
