using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LedCluster.Torch.Tests;

public sealed class ModuleTests
{
    [Fact]
    public void Names_parameters_by_path()
    {
        using var model = new Sample();
        Assert.Equal(
            ["scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "cell.weight_ih", "cell.weight_hh", "cell.bias_ih", "cell.bias_hh", "offset"],
            model.state_dict().Keys);
        Assert.Equal(8, model.parameters().Count());
        Assert.Single(model.parameters(recurse: false));
    }

    [Fact]
    public void Owns_its_parameters_whatever_scope_it_was_made_in()
    {
        Sample model;
        using (NewDisposeScope())
            model = new Sample();
        Assert.All(model.state_dict().Values, tensor => Assert.False(tensor.IsInvalid));
        var held = model.state_dict().Values.ToArray();
        model.Dispose();
        Assert.All(held, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public void Loads_the_state_of_its_twin()
    {
        using var twin = new Sample();
        using var model = new Sample();
        model.load_state_dict(twin.state_dict());
        foreach (var (path, value) in model.state_dict())
            Assert.Equal(twin.state_dict()[path].data<float>().ToArray(), value.data<float>().ToArray());
    }

    [Fact]
    public void Says_which_state_does_not_fit()
    {
        using var model = new Sample();
        using var extra = ones(1);
        var state = model.state_dict();
        state.Remove("scale");
        state.Add("scales", extra);
        var error = Assert.Throws<InvalidOperationException>(() => model.load_state_dict(state));
        Assert.Contains("missing [scale], unexpected [scales]", error.Message);
        var (missing, unexpected) = model.load_state_dict(state, strict: false);
        Assert.Equal(["scale"], missing);
        Assert.Equal(["scales"], unexpected);
    }

    [Fact]
    public void Converts_in_place()
    {
        using var model = new Sample();
        var parameter = model.parameters().First();
        Assert.Same(model, model.to(float64).to(CPU));
        Assert.Equal(ScalarType.Float64, parameter.dtype);
        Assert.True(parameter.requires_grad);
        Assert.Equal(2, model.forward(ones([2L, 3L], dtype: float64)).shape[0]);
    }

    [Fact]
    public void Passes_training_on_to_its_parts()
    {
        using var model = new Sample();
        Assert.True(model.training);
        model.eval();
        Assert.All(model.named_children(), child => Assert.False(child.module.training));
        model.train();
        Assert.All(model.named_children(), child => Assert.True(child.module.training));
    }

    [Fact]
    public void A_parameter_takes_over_its_tensor()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);
        using var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
    }

    private sealed class Sample : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = new(ones(1));
        private readonly ModuleList<Linear> layers = ModuleList(Linear(3, 4), Linear(4, 2, hasBias: false));
        private readonly LSTMCell cell = LSTMCell(2, 2);

        public Sample()
            : base(nameof(Sample))
        {
            RegisterComponents();
            register_buffer("offset", zeros(2));
        }

        public override Tensor forward(Tensor input)
        {
            foreach (var layer in layers)
                input = layer.call(input).tanh();
            return cell.forward(input * scale).Item1;
        }
    }
}
