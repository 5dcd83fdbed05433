using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class GradientTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> unary = new()
    {
        ["neg"] = x => -x,
        ["add number"] = x => x + 1.5,
        ["number add"] = x => 1.5 + x,
        ["subtract number"] = x => x - 2,
        ["number subtract"] = x => 2f - x,
        ["multiply number"] = x => 3.0 * x * 2,
        ["divide number"] = x => x / 4,
        ["number divide"] = x => 1.0 / (x + 5.0),
        ["tanh"] = x => x.tanh(),
        ["sigmoid"] = x => x.sigmoid(),
        ["exp"] = x => x.exp(),
        ["log"] = x => (x + 5.0).log(),
        ["sqrt"] = x => (x + 5.0).sqrt(),
        ["square"] = x => x.square(),
        ["pow"] = x => (x + 5.0).pow(2.5),
        ["abs"] = x => x.abs(),
        ["clamp"] = x => x.clamp(-0.5, 0.5),
        ["clamp below only"] = x => x.clamp(min: 0.1),
        ["relu"] = functional.relu,
        ["celu 1"] = x => functional.celu(x, 1.0),
        ["celu 0.4"] = x => functional.celu(x, 0.4),
        ["sum"] = x => x.sum(),
        ["sum dim"] = x => x.sum(1L),
        ["sum dims, kept"] = x => x.sum([0, 1], keepdim: true),
        ["mean"] = x => x.mean(),
        ["mean dims"] = x => x.mean([0]),
        ["max"] = x => x.max(),
        ["min"] = x => x.min(),
        ["t"] = x => x.t(),
        ["transpose"] = x => x.transpose(0, 1),
        ["reshape"] = x => x.reshape(2, -1),
        ["view"] = x => x.view(12),
        ["unsqueeze, squeeze"] = x => x.unsqueeze(1).squeeze(1).unsqueeze(0).squeeze(),
        ["expand"] = x => x.unsqueeze(0).expand(2, -1, -1),
        ["narrow"] = x => x.narrow(1, 1, 2),
        ["select"] = x => x.select(0, 2),
        ["index_select"] = x => x.index_select(1, tensor([2L, 0L, 2L])),
        ["chunk"] = x => x.chunk(2, 1)[1],
        ["cat"] = x => cat([x, x.tanh()], 1),
        ["stack"] = x => stack([x, x * x], 0),
        ["clone, contiguous"] = x => x.clone().t().contiguous(),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> binary = new()
    {
        ["add"] = (a, b) => a + b,
        ["subtract"] = (a, b) => a - b,
        ["multiply"] = (a, b) => a * b,
        ["divide"] = (a, b) => a / (b + 5.0),
        ["maximum"] = (a, b) => a.maximum(b),
        ["minimum"] = (a, b) => a.minimum(b),
        ["matmul"] = (a, b) => a.matmul(b.t()),
        ["mm"] = (a, b) => mm(a.t(), b),
        ["mse_loss"] = (a, b) => functional.mse_loss(a, b),
        ["mse_loss sum"] = (a, b) => functional.mse_loss(a, b, Reduction.Sum),
    };

    public static TheoryData<string> UnaryNames => [.. unary.Keys];

    public static TheoryData<string> BinaryNames => [.. binary.Keys];

    [Theory, MemberData(nameof(UnaryNames))]
    public void Of_one_tensor(string name)
    {
        manual_seed(1);
        using var x = randn(3, 4, dtype: float64);
        Gradient.Check(inputs => unary[name](inputs[0]), x);
    }

    [Theory, MemberData(nameof(BinaryNames))]
    public void Of_two_tensors(string name)
    {
        manual_seed(2);
        using var a = randn(3, 4, dtype: float64);
        using var b = randn(3, 4, dtype: float64);
        Gradient.Check(inputs => binary[name](inputs[0], inputs[1]), a, b);
    }

    [Fact]
    public void Of_broadcast_sums()
    {
        manual_seed(3);
        using var a = randn(3, 1, dtype: float64);
        using var b = randn(4, dtype: float64);
        Gradient.Check(inputs => inputs[0] + inputs[1], a, b);
    }

    [Fact]
    public void Of_addmm()
    {
        manual_seed(4);
        using var a = randn(2, 4, dtype: float64);
        using var b = randn(2, 3, dtype: float64);
        using var c = randn(3, 4, dtype: float64);
        Gradient.Check(inputs => inputs[0].addmm(inputs[1], inputs[2], beta: 0.5f, alpha: 2f), a, b, c);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_linear(bool bias)
    {
        manual_seed(5);
        using var x = randn(3, 4, dtype: float64);
        using var layer = Linear(4, 2, bias, dtype: float64);
        Gradient.Check(inputs => layer.forward(inputs[0]), [x, .. layer.parameters()]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_two_lstm_steps(bool bias)
    {
        manual_seed(6);
        using var x = randn(3, 2, dtype: float64);
        using var h = randn(3, 4, dtype: float64);
        using var c = randn(3, 4, dtype: float64);
        using var cell = LSTMCell(2, 4, bias, dtype: float64);
        Gradient.Check(
            inputs =>
            {
                var once = cell.forward(inputs[0], (inputs[1], inputs[2]));
                var (nextH, nextC) = cell.forward(inputs[0], once);
                return cat([nextH, nextC], 1);
            },
            [x, h, c, .. cell.parameters()]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Of_two_gru_steps(bool bias)
    {
        manual_seed(7);
        using var x = randn(3, 2, dtype: float64);
        using var h = randn(3, 4, dtype: float64);
        using var cell = GRUCell(2, 4, bias, dtype: float64);
        Gradient.Check(inputs => cell.forward(inputs[0], cell.forward(inputs[0], inputs[1])), [x, h, .. cell.parameters()]);
    }

    [Fact]
    public void Does_not_flow_through_detach_or_no_grad()
    {
        using var x = ones(2, requires_grad: true);
        using var cut = x.detach();
        Assert.False(cut.requires_grad);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            using var y = x * 2;
            Assert.False(y.requires_grad);
            using (enable_grad())
            {
                using var z = x * 2;
                Assert.True(z.requires_grad);
            }
        }

        Assert.True(is_grad_enabled());
        Assert.Null(x.grad);
    }

    [Fact]
    public void Adds_up_over_calls_until_forgotten()
    {
        using var x = tensor(3f, requires_grad: true);
        x.square().backward();
        x.square().backward();
        Assert.Equal(12f, x.grad!.item<float>());
        x.grad = null;
        Assert.Null(x.grad);
        x.square().backward();
        Assert.Equal(6f, x.grad!.item<float>());
    }

    [Fact]
    public void Of_a_gradient_is_the_second_derivative()
    {
        using var x = tensor(2.0, requires_grad: true);
        using var cube = x.pow(3);
        cube.backward(create_graph: true);
        using var first = x.grad!;
        x.grad = null;
        first.backward();
        Assert.Equal(12.0, x.grad!.item<double>(), 12);
    }
}
