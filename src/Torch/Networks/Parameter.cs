using LedCluster.Torch;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that training changes.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>Takes over <paramref name="data"/>, which must not be used afterwards.</summary>
    public Parameter(Tensor data, bool requires_grad = true)
        : base(Take(data))
    {
        if (requires_grad)
            requires_grad_();
    }

    private static nint Take(Tensor data)
    {
        var taken = Native.led_detach(data.Handle);
        if (taken == 0)
            throw Native.LastError();
        data.Dispose();
        return taken;
    }
}
