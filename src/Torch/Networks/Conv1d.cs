using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>y_o = Σ_i w_oi ∗ x_i + b_o, with x [B, in, X], w [out, in, kernel], b [out]. Starts uniform in ±1/√(in · kernel).</summary>
public sealed class Conv1d : nn.Module<Tensor, Tensor>
{
    private readonly long stride, padding;
    private readonly PaddingModes mode;

    internal Conv1d(
        long inputs, long outputs, long kernel, long stride, long padding, PaddingModes mode, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d))
    {
        (this.stride, this.padding, this.mode) = (stride, padding, mode);
        var bound = 1 / Math.Sqrt(inputs * kernel);
        weight = nn.UniformParameter(bound, dtype, device, outputs, inputs, kernel);
        register_parameter(nameof(weight), weight);
        if (!hasBias)
            return;
        bias = nn.UniformParameter(bound, dtype, device, outputs);
        register_parameter(nameof(bias), bias);
    }

    /// <summary>w [out, in, kernel].</summary>
    public Parameter weight { get; }

    /// <summary>b [out], or null.</summary>
    public Parameter? bias { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (mode == PaddingModes.Zeros || padding == 0)
            return nn.functional.conv1d(input, weight, bias, stride, padding);
        using var padded = nn.functional.pad(input, [padding, padding], mode);
        return nn.functional.conv1d(padded, weight, bias, stride);
    }
}
