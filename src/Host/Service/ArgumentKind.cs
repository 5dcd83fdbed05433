namespace LedCluster.Host.Service;

/// <summary>What a verb's argument holds.</summary>
internal enum ArgumentKind : byte
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Yes or no.</summary>
    Flag,

    /// <summary>Numbers as [members][channels][points]; the client reads them from a .npy file.</summary>
    Fields,
}
