using LedCluster.Torch;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// One step of a gated recurrent unit, in one native call:
/// r, z = σ(x Wᵀ + h Uᵀ + b), n = tanh(x Wᵀ + b + r·(h Uᵀ + b)), h′ = (1 − z)·n + z·h,
/// with x [B, in], h [B, H], gates in the order r, z, n. Starts uniform in ±1/√H.
/// </summary>
public sealed class GRUCell : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly long hiddenSize;

    internal GRUCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(GRUCell))
    {
        this.hiddenSize = hiddenSize;
        var bound = 1 / Math.Sqrt(hiddenSize);
        register_parameter(nameof(weight_ih), weight_ih = nn.UniformParameter(bound, dtype, device, 3 * hiddenSize, inputSize));
        register_parameter(nameof(weight_hh), weight_hh = nn.UniformParameter(bound, dtype, device, 3 * hiddenSize, hiddenSize));
        if (!bias)
            return;
        register_parameter(nameof(bias_ih), bias_ih = nn.UniformParameter(bound, dtype, device, 3 * hiddenSize));
        register_parameter(nameof(bias_hh), bias_hh = nn.UniformParameter(bound, dtype, device, 3 * hiddenSize));
    }

    /// <summary>W [3H, in].</summary>
    public Parameter weight_ih { get; }

    /// <summary>U [3H, H].</summary>
    public Parameter weight_hh { get; }

    /// <summary>The bias beside W [3H], or null.</summary>
    public Parameter? bias_ih { get; }

    /// <summary>The bias beside U [3H], or null.</summary>
    public Parameter? bias_hh { get; }

    /// <summary>The next h [B, H]; from zeros when <paramref name="h0"/> is null.</summary>
    public override Tensor forward(Tensor input, Tensor? h0 = null)
    {
        using var zero = h0 is null ? nn.ZeroState(input, hiddenSize) : null;
        var h = h0 ?? zero!;

        var next = Tensor.From(Native.led_gru_cell(input.Handle, h.Handle,
            weight_ih.Handle, weight_hh.Handle, bias_ih?.Handle ?? 0, bias_hh?.Handle ?? 0), input, h);
        GC.KeepAlive(this);
        return next;
    }
}
