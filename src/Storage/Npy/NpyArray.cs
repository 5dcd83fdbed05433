namespace LedCluster.Storage.Npy;

/// <summary>An array that was read from a .npy file, in double precision.</summary>
/// <param name="Shape">Length of each axis, slowest first.</param>
/// <param name="Data">The elements in C order.</param>
/// <param name="Conversion">
/// What of the file is not as it is here, and whether that changed any value, in one sentence; null for plain float32 and float64.
/// </param>
public sealed record NpyArray(long[] Shape, double[] Data, string? Conversion);
