namespace LedCluster.Models.Inference;

/// <summary>What a layer applies to its outputs.</summary>
public enum Activation : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>CELU with α = 1.</summary>
    Celu = 1,

    /// <summary>½ + ½ tanh x, which maps onto (0, 1).</summary>
    HalfTanh = 2,

    /// <summary>ReLU, max(0, x).</summary>
    Relu = 3,

    /// <summary>tanh x.</summary>
    Tanh = 4,
}
