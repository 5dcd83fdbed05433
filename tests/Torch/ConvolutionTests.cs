using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class ConvolutionTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> operations = new()
    {
        ["average pool"] = x => functional.avg_pool1d(x, 2),
        ["average pool, overlapping"] = x => functional.avg_pool1d(x, 3, stride: 1),
        ["pad"] = x => functional.pad(x, [2, 1]),
        ["pad, periodic"] = x => functional.pad(x, [2, 1], PaddingModes.Circular),
        ["interpolate"] = x => functional.interpolate(x, scale_factor: [2], mode: InterpolationMode.Linear),
        ["interpolate, corners aligned"] = x => functional.interpolate(x, size: [9], align_corners: true),
    };

    public static TheoryData<string> Names => [.. operations.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Gradients_of_one_tensor(string name)
    {
        manual_seed(1);
        using var x = randn([2, 3, 6], dtype: float64);
        Gradient.Check(inputs => operations[name](inputs[0]), x);
    }

    [Theory]
    [InlineData(PaddingModes.Zeros, true, 1)]
    [InlineData(PaddingModes.Zeros, false, 2)]
    [InlineData(PaddingModes.Circular, true, 1)]
    public void Gradients_of_a_layer(PaddingModes mode, bool bias, int stride)
    {
        manual_seed(2);
        using var x = randn([2, 3, 6], dtype: float64);
        using var layer = Conv1d(3, 4, 5, stride, padding: 2, padding_mode: mode, bias: bias, dtype: float64);
        Gradient.Check(inputs => layer.call(inputs[0]), [x, .. layer.parameters()]);
    }

    [Theory]
    [InlineData(PaddingModes.Zeros)]
    [InlineData(PaddingModes.Circular)]
    public void A_layer_is_the_sum_that_its_definition_says(PaddingModes mode)
    {
        manual_seed(3);
        using var scope = NewDisposeScope();
        var layer = Conv1d(2, 3, 5, padding: 2, padding_mode: mode, dtype: float64);
        var x = randn([1, 2, 6], dtype: float64);
        var (values, weight, bias) = (x.data<double>().ToArray(), layer.weight.data<double>().ToArray(), layer.bias!.data<double>().ToArray());
        var actual = layer.call(x).data<double>().ToArray();
        for (var o = 0; o < 3; o++)
            for (var j = 0; j < 6; j++)
            {
                var sum = bias[o];
                for (var i = 0; i < 2; i++)
                    for (var k = 0; k < 5; k++)
                        if (mode == PaddingModes.Circular || j + k - 2 is >= 0 and < 6)
                            sum += weight[(o * 2 + i) * 5 + k] * values[i * 6 + (j + k + 4) % 6];
                Assert.Equal(sum, actual[o * 6 + j], 1e-12);
            }
    }

    [Fact]
    public void Neighbours_are_averaged_and_interpolated()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1f, 3, 5, 9], [1, 1, 4]);
        Assert.Equal([2f, 7], functional.avg_pool1d(x, 2).data<float>().ToArray());
        Assert.Equal([1f, 1.5f, 2.5f, 3.5f, 4.5f, 6, 8, 9], functional.interpolate(x, scale_factor: [2]).data<float>().ToArray());
        Assert.Equal([9f, 1, 3, 5, 9, 1], functional.pad(x, [1, 1], PaddingModes.Circular).data<float>().ToArray());
        Assert.Equal([7f, 1, 3, 5, 9, 7], functional.pad(x, [1, 1], value: 7).data<float>().ToArray());
    }

    [Fact]
    public void Both_a_size_and_a_factor_are_refused()
    {
        using var x = ones([1, 1, 4]);
        Assert.Throws<ArgumentException>(() => functional.interpolate(x, [8], [2]));
        Assert.Throws<ArgumentException>(() => functional.interpolate(x));
    }
}
