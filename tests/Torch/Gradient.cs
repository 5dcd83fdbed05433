using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Torch.Tests;

/// <summary>Compares backward() with central differences (f(x + h) − f(x − h)) / 2h, in float64.</summary>
internal static class Gradient
{
    private const double Step = 1e-6;
    private const double Tolerance = 1e-7;

    public static void Check(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        foreach (var input in inputs)
            input.requires_grad_();
        using var probe = function(inputs);
        var weights = randn(probe.shape, dtype: float64);
        double Loss() => (function(inputs) * weights).sum().item<double>();

        (function(inputs) * weights).sum().backward();

        for (var which = 0; which < inputs.Length; which++)
        {
            var analytic = inputs[which].grad!.data<double>().ToArray();
            for (var at = 0; at < analytic.Length; at++)
            {
                using var inner = NewDisposeScope();
                using var still = no_grad();
                var numeric = (Shifted(inputs[which], at, +Step, Loss) - Shifted(inputs[which], at, -Step, Loss)) / (2 * Step);
                Assert.True(Math.Abs(analytic[at] - numeric) <= Tolerance * Math.Max(1, Math.Abs(numeric)),
                    $"input {which}, element {at}: backward() says {analytic[at]:R}, differences say {numeric:R}");
            }
        }
    }

    private static double Shifted(Tensor input, int at, double by, Func<double> loss)
    {
        var values = input.data<double>();
        var before = values.ToArray();
        var after = (double[])before.Clone();
        after[at] += by;
        values.CopyFrom(after);
        var result = loss();
        values.CopyFrom(before);
        return result;
    }
}
