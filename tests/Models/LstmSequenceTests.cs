using LedCluster.Models.Checkpoints;
using LedCluster.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Models.Tests;

/// <summary>The LSTM over a whole sequence, and its derivative, against the same step by step with libtorch's own derivatives.</summary>
[Collection(nameof(TrainerTests))] // one test counts all live tensors
public sealed class LstmSequenceTests
{
    private const int Latents = 3, Batch = 5, Steps = 9;

    /// <summary>Given and predicted inputs in turn, and a second sequence that starts from the memory of the first, as training has them.</summary>
    [Theory]
    [InlineData(6, false, ScalarType.Float64)]
    [InlineData(6, true, ScalarType.Float64)]
    [InlineData(16, false, ScalarType.Float32)]
    [InlineData(16, true, ScalarType.Float32)]
    public void Predictions_memory_and_all_gradients_are_those_of_the_steps(int hidden, bool increment, ScalarType type)
    {
        manual_seed(8);
        using var scope = NewDisposeScope();
        using var whole = Network(hidden, increment, type);
        using var stepwise = Network(hidden, increment, type);
        stepwise.Weights.Values = whole.Weights.Values;
        bool[] given = [true, true, false, false, true, false, true, true, false];
        var frames = rand([Steps, Batch, Latents], type);
        var (path, memory, input) = Run(whole, frames, given, byStep: false);
        var (expectedPath, expectedMemory, expectedInput) = Run(stepwise, frames, given, byStep: true);
        Close(expectedPath, path);
        for (var i = 0; i < 2; i++)
            Close(expectedMemory[i], memory[i]);
        Close(stepwise.Weights.Gradient, whole.Weights.Gradient);
        Close(expectedInput.grad!, input.grad!);
        Assert.True(whole.Weights.Gradient.abs().min().ToDouble() > 0);
    }

    /// <summary>TorchSharp calls tensors of the same numbers equal, and one that holds a NaN not equal to itself.</summary>
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1)]
    public void Memory_is_not_handed_out_twice_whatever_it_holds(double content)
    {
        using var workspace = new LstmWorkspace();
        Tensor[] Rent() => [workspace.Rent(4, ScalarType.Float64), workspace.Rent(4, ScalarType.Float64)];
        var first = Rent();
        foreach (var buffer in first)
        {
            buffer.fill_(content);
            workspace.Return(buffer);
        }
        var second = Rent();
        Assert.NotSame(second[0], second[1]);
        Assert.All(second, buffer => Assert.Contains(buffer, first, (IEqualityComparer<Tensor>)ReferenceEqualityComparer.Instance));
        foreach (var buffer in second)
            workspace.Return(buffer);
        Assert.Equal(8, workspace.Rent(8, ScalarType.Float64).numel()); // the others are freed
        Assert.All(second, buffer => Assert.True(buffer.IsInvalid));
    }

    [Fact]
    public void A_derivative_is_the_difference_quotient()
    {
        manual_seed(9);
        using var scope = NewDisposeScope();
        using var network = Network(4, increment: false, float64);
        var frames = rand([Steps, Batch, Latents], float64);
        bool[] given = [true, false, true, false, false, true, true, false, false];
        Loss().backward();
        var (at, gradient) = (network.Weights.Values, network.Weights.GradientValues);
        for (var k = 0; k < at.Length; k += 7)
        {
            const double step = 1e-5;
            var values = (double[])at.Clone();
            double Value(double change)
            {
                values[k] = at[k] + change;
                network.Weights.Values = values;
                return Loss().ToDouble();
            }
            Assert.Equal((Value(step) - Value(-step)) / (2 * step), gradient[k], 1e-8 + 1e-6 * Math.Abs(gradient[k]));
        }

        Tensor Loss()
        {
            var (path, memory) = network.Run(frames, given, network.Blank(Batch));
            return path.square().sum() + memory[0].sum() + memory[1].square().sum();
        }
    }

    [Fact]
    public void Neither_a_forward_nor_a_backward_pass_leaves_tensors_behind()
    {
        using var network = Network(4, increment: false, float64);
        Pass();
        var before = Settled();
        for (var i = 0; i < 3; i++)
            Pass();
        Assert.Equal(before, Settled());

        void Pass()
        {
            using var scope = NewDisposeScope();
            var (path, memory) = network.Run(rand([Steps, Batch, Latents], float64), [true, .. new bool[Steps - 1]], network.Blank(Batch));
            (path, _) = network.Run(path, [true, .. new bool[Steps - 1]], memory);
            path.sum().backward();
        }

        static long Settled()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }

    private static LatentNetwork Network(int hidden, bool increment, ScalarType type) =>
        NetworkFactory.Propagator(new LstmArchitecture { Hidden = hidden, Increment = increment }, Latents, type, CPU)!;

    private static (Tensor Path, Tensor[] Memory, Tensor Input) Run(LatentNetwork network, Tensor frames, bool[] given, bool byStep)
    {
        var input = frames.clone();
        input.requires_grad = true;
        var (first, memory) = Sequence(input, network.Blank(Batch));
        var (second, last) = Sequence(first * 1.5, memory);
        (first.square().sum() + (second * last[0].sum()).sum() + last[1].square().sum()).backward();
        return (second, last, input);

        (Tensor, Tensor[]) Sequence(Tensor known, Tensor[] state)
        {
            if (!byStep)
                return network.Run(known, given, state);
            var path = new Tensor[given.Length];
            for (var s = 0; s < given.Length; s++)
                (path[s], state) = network.Step(given[s] ? known.select(0, s) : path[s - 1], state);
            return (stack(path), state);
        }
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().ToDouble();
        Assert.InRange((expected - actual).abs().max().ToDouble(), 0, (expected.dtype == float64 ? 1e-13 : 2e-5) * scale);
    }
}
