using LedCluster.Torch;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// One step of a long short-term memory, in one native call:
/// i, f, o = σ(x Wᵀ + h Uᵀ + b), g = tanh(x Wᵀ + h Uᵀ + b), c′ = f·c + i·g, h′ = o·tanh c′,
/// with x [B, in], h and c [B, H], gates in the order i, f, g, o. Starts uniform in ±1/√H.
/// </summary>
public sealed unsafe class LSTMCell : nn.Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor)>
{
    private readonly long hiddenSize;

    internal LSTMCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(LSTMCell))
    {
        this.hiddenSize = hiddenSize;
        var bound = 1 / Math.Sqrt(hiddenSize);
        register_parameter(nameof(weight_ih), weight_ih = nn.UniformParameter(bound, dtype, device, 4 * hiddenSize, inputSize));
        register_parameter(nameof(weight_hh), weight_hh = nn.UniformParameter(bound, dtype, device, 4 * hiddenSize, hiddenSize));
        if (!bias)
            return;
        register_parameter(nameof(bias_ih), bias_ih = nn.UniformParameter(bound, dtype, device, 4 * hiddenSize));
        register_parameter(nameof(bias_hh), bias_hh = nn.UniformParameter(bound, dtype, device, 4 * hiddenSize));
    }

    /// <summary>W [4H, in].</summary>
    public Parameter weight_ih { get; }

    /// <summary>U [4H, H].</summary>
    public Parameter weight_hh { get; }

    /// <summary>The bias beside W [4H], or null.</summary>
    public Parameter? bias_ih { get; }

    /// <summary>The bias beside U [4H], or null.</summary>
    public Parameter? bias_hh { get; }

    /// <summary>The next (h, c), each [B, H]; from zeros when <paramref name="h0_c0"/> is null.</summary>
    public override (Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0 = null)
    {
        using var zero = h0_c0 is null ? nn.ZeroState(input, hiddenSize) : null;
        var (h, c) = h0_c0 ?? (zero!, zero!);

        nint nextH, nextC;
        Native.Check(Native.led_lstm_cell(input.Handle, h.Handle, c.Handle,
            weight_ih.Handle, weight_hh.Handle, bias_ih?.Handle ?? 0, bias_hh?.Handle ?? 0, &nextH, &nextC));
        GC.KeepAlive(h);
        GC.KeepAlive(c);
        GC.KeepAlive(input);
        GC.KeepAlive(this);
        return (new Tensor(nextH), new Tensor(nextC));
    }
}
