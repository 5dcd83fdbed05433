using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>y = x Wᵀ + b, with x [B, in], W [out, in], b [out]. Starts uniform in ±1/√in.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Linear))
    {
        var bound = 1 / Math.Sqrt(inputSize);
        weight = nn.UniformParameter(bound, dtype, device, outputSize, inputSize);
        register_parameter(nameof(weight), weight);
        if (!hasBias)
            return;
        bias = nn.UniformParameter(bound, dtype, device, outputSize);
        register_parameter(nameof(bias), bias);
    }

    /// <summary>W [out, in].</summary>
    public Parameter weight { get; }

    /// <summary>b [out], or null.</summary>
    public Parameter? bias { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}
