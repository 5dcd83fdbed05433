namespace LedCluster.Domain.Runs;

/// <summary>Number format of the fields that a run keeps. Latents are computed in float32, and kept so.</summary>
public enum KeptPrecision : byte
{
    /// <summary>4 bytes a number, 7 digits.</summary>
    Float32 = 0,

    /// <summary>8 bytes a number: the micro solver's own numbers; decoded ones, which are computed in float32, as they are.</summary>
    Float64 = 1,
}
