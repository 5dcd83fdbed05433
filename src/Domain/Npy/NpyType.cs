namespace LedCluster.Domain.Npy;

/// <summary>Number formats of .npy files that are written here; both little-endian.</summary>
public enum NpyType : byte
{
    /// <summary>IEEE 754 single precision, numpy's <c>&lt;f4</c>.</summary>
    Float32 = 4,

    /// <summary>IEEE 754 double precision, numpy's <c>&lt;f8</c>.</summary>
    Float64 = 8,
}
