namespace TorchSharp;

/// <summary>What stands beyond the ends of a tensor.</summary>
public enum PaddingModes
{
    /// <summary>Zeros, where a convolution pads.</summary>
    Zeros = 0,

    /// <summary>The other end, as on a periodic domain.</summary>
    Circular = 3,

    /// <summary>A constant.</summary>
    Constant = 4,
}
