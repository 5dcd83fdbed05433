using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LedCluster.Torch.Tests;

public sealed class AdamTests
{
    [Theory, InlineData(0.0), InlineData(0.1)]
    public void Follows_the_algorithm_of_the_paper(double decay)
    {
        const double lr = 0.1, β1 = 0.8, β2 = 0.95, eps = 1e-6;
        using var θ = new Parameter(tensor([1.0, -2.0]));
        using var adam = torch.optim.Adam([θ], lr, β1, β2, eps, decay);

        double[] expected = [1.0, -2.0], m = [0, 0], v = [0, 0];
        for (var t = 1; t <= 5; t++)
        {
            // f(θ) = Σ θ⁴, f′ = 4 θ³
            adam.zero_grad();
            using var loss = θ.pow(4).sum();
            loss.backward();
            adam.step();
            for (var i = 0; i < 2; i++)
            {
                var g = (4 * Math.Pow(expected[i], 3)) + (decay * expected[i]);
                m[i] = (β1 * m[i]) + ((1 - β1) * g);
                v[i] = (β2 * v[i]) + ((1 - β2) * g * g);
                expected[i] -= lr * (m[i] / (1 - Math.Pow(β1, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(β2, t))) + eps);
            }

            var actual = θ.data<double>().ToArray();
            Assert.Equal(expected[0], actual[0], 1e-12);
            Assert.Equal(expected[1], actual[1], 1e-12);
        }
    }

    [Fact]
    public void Leaves_parameters_without_a_gradient_alone()
    {
        using var used = new Parameter(ones(2));
        using var idle = new Parameter(ones(2));
        using var adam = torch.optim.Adam([used, idle]);
        used.sum().backward();
        adam.step();
        Assert.NotEqual(1f, used.data<float>().ToArray()[0]);
        Assert.Equal([1f, 1f], idle.data<float>().ToArray());
    }

    [Fact]
    public void Takes_a_new_learning_rate_per_group()
    {
        using var fast = new Parameter(ones(1));
        using var slow = new Parameter(ones(1));
        using var adam = torch.optim.Adam([new Adam.ParamGroup([fast], lr: 0.1), new Adam.ParamGroup([slow], lr: 0.01)]);
        Assert.Equal([0.1, 0.01], adam.ParamGroups.Select(group => group.LearningRate));
        foreach (var group in adam.ParamGroups)
            group.LearningRate *= 0.5;

        (fast + slow).sum().backward();
        adam.step();
        Assert.Equal(1 - 0.05, fast.item<float>(), 1e-6);
        Assert.Equal(1 - 0.005, slow.item<float>(), 1e-6);
    }

    [Fact]
    public void Zero_grad_forgets_the_gradients()
    {
        using var θ = new Parameter(ones(1));
        using var adam = torch.optim.Adam([θ]);
        θ.sum().backward();
        Assert.NotNull(θ.grad);
        adam.zero_grad();
        Assert.Null(θ.grad);
    }
}
