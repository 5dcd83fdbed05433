using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class InitTests
{
    [Theory, InlineData(5, 5), InlineData(8, 3), InlineData(3, 8)]
    public void Orthogonal_rows_or_columns_are_orthonormal(long rows, long columns)
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        var w = init.orthogonal_(empty([rows, columns], dtype: float64), gain: 2);
        var gram = rows < columns ? w.matmul(w.t()) : w.t().matmul(w); // [n, n]
        var values = gram.data<double>().ToArray();
        var n = Math.Min(rows, columns);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(i / n == i % n ? 4.0 : 0.0, values[i], 1e-12);
    }

    [Fact]
    public void Xavier_stays_within_its_bound_and_fills_it()
    {
        manual_seed(1);
        using var w = init.xavier_uniform_(empty([200L, 100L]));
        var bound = Math.Sqrt(6.0 / 300);
        Assert.InRange(w.max().ToDouble(), 0.98 * bound, bound);
        Assert.InRange(w.min().ToDouble(), -bound, -0.98 * bound);
        Assert.InRange(w.mean().ToDouble(), -0.01 * bound, 0.01 * bound);
    }

    [Fact]
    public void Constant_fills_a_parameter_in_training()
    {
        using var layer = Linear(3, 2);
        init.constant_(layer.bias!, 0.5);
        Assert.Equal([0.5f, 0.5f], layer.bias!.data<float>().ToArray());
        Assert.True(layer.bias!.requires_grad);
    }

    [Fact]
    public void Layers_start_within_the_bound_of_their_fan()
    {
        using var cell = LSTMCell(10, 25);
        Assert.All(cell.parameters(), parameter => Assert.InRange(parameter.abs().max().ToDouble(), 0.15, 0.2));
    }

    [Theory, InlineData(2.0, 5.0), InlineData(1.0, 7.0), InlineData(double.PositiveInfinity, 4.0)]
    public void Clip_scales_the_joint_norm(double p, double norm)
    {
        using var a = new Parameter(zeros(1));
        using var b = new Parameter(zeros(1));
        using var idle = new Parameter(zeros(1));
        (a * 3 + b * 4).sum().backward();
        Assert.Equal(norm, nn.utils.clip_grad_norm_([a, b, idle], max_norm: 1, norm_type: p), 1e-5);
        Assert.Equal(3 / norm, a.grad!.item<float>(), 1e-5);
        Assert.Equal(1, nn.utils.clip_grad_norm_([a, b], max_norm: 10, norm_type: p), 1e-5);
        Assert.Equal(3 / norm, a.grad!.item<float>(), 1e-5);
    }
}
