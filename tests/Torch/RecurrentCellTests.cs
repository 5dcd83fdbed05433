using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class RecurrentCellTests
{
    [Theory, InlineData(true), InlineData(false)]
    public void An_lstm_step_is_its_formula(bool bias)
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        using var cell = LSTMCell(3, 5, bias, dtype: float64);
        var (x, h, c) = (randn(4, 3, dtype: float64), randn(4, 5, dtype: float64), randn(4, 5, dtype: float64));
        var a = functional.linear(x, cell.weight_ih, cell.bias_ih) + functional.linear(h, cell.weight_hh, cell.bias_hh); // [B, 4H]
        var gates = a.chunk(4, 1);
        var expectedC = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh();
        var expectedH = gates[3].sigmoid() * expectedC.tanh();

        var (nextH, nextC) = cell.forward(x, (h, c));
        AssertClose(expectedH, nextH);
        AssertClose(expectedC, nextC);
    }

    [Fact]
    public void A_gru_step_is_its_formula()
    {
        manual_seed(2);
        using var scope = NewDisposeScope();
        using var cell = GRUCell(3, 5, dtype: float64);
        var (x, h) = (randn(4, 3, dtype: float64), randn(4, 5, dtype: float64));
        var fromX = functional.linear(x, cell.weight_ih, cell.bias_ih).chunk(3, 1);
        var fromH = functional.linear(h, cell.weight_hh, cell.bias_hh).chunk(3, 1);
        var (r, z) = ((fromX[0] + fromH[0]).sigmoid(), (fromX[1] + fromH[1]).sigmoid());
        var n = (fromX[2] + r * fromH[2]).tanh();
        AssertClose((1.0 - z) * n + z * h, cell.forward(x, h));
    }

    [Fact]
    public void Cells_begin_at_rest()
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        using var lstm = LSTMCell(3, 5);
        using var gru = GRUCell(3, 5);
        var (x, rest) = (randn(4, 3), zeros(4, 5));
        AssertClose(lstm.forward(x, (rest, rest)).Item1, lstm.forward(x).Item1);
        AssertClose(gru.forward(x, rest), gru.forward(x));
    }

    [Fact]
    public void An_lstm_step_takes_states_that_are_not_contiguous()
    {
        manual_seed(4);
        using var scope = NewDisposeScope();
        using var cell = LSTMCell(3, 5);
        var (x, h, c) = (randn(3, 4).t(), randn(5, 4).t(), randn(5, 4).t());
        AssertClose(
            cell.forward(x.contiguous(), (h.contiguous(), c.contiguous())).Item1,
            cell.forward(x, (h, c)).Item1);
    }

    [Fact]
    public void A_state_that_does_not_fit_says_so()
    {
        using var scope = NewDisposeScope();
        using var cell = LSTMCell(3, 5);
        Assert.Contains("hidden0 has inconsistent hidden_size", Assert.Throws<ExternalException>(() => cell.forward(zeros(4, 3), (zeros(4, 6), zeros(4, 6)))).Message);
        Assert.Contains("input_size", Assert.Throws<ExternalException>(() => cell.forward(zeros(4, 2))).Message);
        Assert.Throws<ExternalException>(() => cell.forward(zeros(4, 3), (zeros(3, 5), zeros(3, 5))));
        Assert.Throws<ExternalException>(() => cell.forward(zeros(4, 3), (zeros(4, 5), zeros(4, 4))));
    }

    [Fact]
    public void An_lstm_step_has_no_second_derivative_and_says_so()
    {
        using var scope = NewDisposeScope();
        using var cell = LSTMCell(3, 5);
        var (h, _) = cell.forward(ones(4, 3));
        var error = Assert.Throws<ExternalException>(() => h.sum().backward(create_graph: true));
        Assert.Contains("create_graph", error.Message);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().ToDouble(), 0, expected.dtype == float64 ? 1e-14 : 1e-6);
    }
}
