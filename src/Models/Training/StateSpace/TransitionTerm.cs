using LedCluster.Models.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Models.Training.StateSpace;

/// <summary>
/// E_q ln N(X(t + 1); X(t) + NN(X(t)), σ²I): as X(t + 1) and X(t) are independent in q, E|X(t + 1) − f(X(t))|² = ΣVar X(t + 1) + E|E X(t + 1) − f(X(t))|²,
/// of which the last alone needs a draw of X(t).
/// </summary>
/// <param name="layers">Layers of NN.</param>
/// <param name="unit">What the network counts as 1; NN gets and returns X/unit.</param>
/// <param name="weights">Weights as <see cref="Shapes"/> says, and others.</param>
internal sealed class TransitionTerm(int layers, double unit, WeightTensors weights)
{
    /// <summary>The weights of NN, whose last layer starts near 0.</summary>
    /// <param name="widths">Widths from bins to bins.</param>
    public static IEnumerable<WeightShape> Shapes(IReadOnlyList<int> widths) =>
        Enumerable.Range(0, widths.Count - 1).SelectMany(i => WeightShape.Dense($"layers.{i}", widths[i], widths[i + 1], i + 2 == widths.Count ? 0.1 : 1));

    /// <summary>f(X) = X + NN(X), [..., B].</summary>
    public Tensor Mean(Tensor state)
    {
        var x = state.Times(1 / unit);
        for (var i = 0; i < layers; i++)
        {
            x = functional.linear(x, weights[$"layers.{i}.weight"], weights[$"layers.{i}.bias"]);
            if (i < layers - 1)
                x = x.relu();
        }
        return state.Plus(x.Times(unit));
    }

    /// <summary>Σ E_q|X(t + 1) − f(X(t))|² over all sequences and transitions.</summary>
    /// <param name="posterior">q(X) [S, T + 1, B].</param>
    /// <param name="ε">Standard normal numbers [S, T + 1, B], those of the last frame unused.</param>
    /// <param name="turn">Bins by which each sequence is cyclically shifted, as indices [S, T, B] into the bins; null for none.</param>
    public Tensor ExpectedSquares(LogNormalPosterior posterior, Tensor ε, Tensor? turn = null)
    {
        var transitions = ε.shape[1] - 1;
        var (from, to) = (posterior.Sample(ε).narrow(1, 0, transitions), posterior.Mean.narrow(1, 1, transitions));
        if (turn is not null)
            (from, to) = (from.gather(2, turn), to.gather(2, turn));
        return (to - Mean(from)).Squared().sum().Plus(posterior.Variance.narrow(1, 1, transitions).sum());
    }

    /// <summary>Σ E_q ln N(…), given those squares and the number n of transitions × bins: −n/2 ln 2πσ² − squares/2σ².</summary>
    public static Tensor LogLikelihood(Tensor squares, double variance, long n)
    {
        using Scalar half = Numbers.Number(-0.5 / variance), offset = Numbers.Number(-0.5 * n * Math.Log(2 * Math.PI * variance));
        return squares.mul(half).add(offset, Numbers.Constant(1));
    }

    /// <summary>The σ² at which that is largest: squares/n.</summary>
    public static double BestVariance(double squares, long n) => squares / n;
}
