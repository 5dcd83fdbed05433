using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class TrainingTests
{
    [Fact]
    public void Learns_a_sum_and_leaves_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        var (first, last) = Train(seed: 1, steps: 150) is var losses ? (losses[0], losses[^1]) : default;
        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(last < 0.05 * first, $"the loss went from {first} to {last}");
    }

    [Fact]
    public void Gives_the_same_bits_for_the_same_seed()
    {
        Assert.Equal(Train(seed: 7, steps: 20), Train(seed: 7, steps: 20));
        Assert.NotEqual(Train(seed: 7, steps: 1), Train(seed: 8, steps: 1));
    }

    [Fact]
    public async Task Gives_the_same_bits_on_another_thread()
    {
        var here = Train(seed: 7, steps: 20);
        var there = await Task.Factory.StartNew(() => Train(seed: 7, steps: 20), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(here, there);
    }

    [Fact]
    public void Uses_one_thread_until_told_otherwise() => Assert.Equal(1, get_num_threads());

    /// <summary>An LSTM that learns the running sum of its inputs; returns the loss of every step.</summary>
    private static float[] Train(long seed, int steps)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        using var model = new Summer();
        using var adam = torch.optim.Adam(model.parameters(), lr: 1e-2);
        var inputs = randn(6, 16, 1); // [T, B, 1]
        var target = inputs.sum(0L); // [B, 1]

        var losses = new float[steps];
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var loss = functional.mse_loss(model.forward(inputs), target);
            adam.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), max_norm: 5);
            adam.step();
            losses[step] = loss.item<float>();
        }

        return losses;
    }

    private sealed class Summer : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.LSTMCell cell = LSTMCell(1, 8);
        private readonly TorchSharp.Modules.Linear head = Linear(8, 1);

        public Summer()
            : base(nameof(Summer)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            (Tensor h, Tensor c)? state = null;
            for (var t = 0; t < input.shape[0]; t++)
                state = cell.forward(input.select(0, t), state);
            return head.forward(state!.Value.h);
        }
    }
}
