using System.Security.Cryptography;

namespace LedCluster.Actors;

/// <summary>A run as a cluster knows it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Epoch">How often a coordinator has started or resumed it, this time included; 1 or more.</param>
/// <param name="Setup">Everything a node needs to build the run's workers; opaque to the engine.</param>
public sealed record RunIdentity(RunId Id, int Epoch, byte[] Setup)
{
    /// <summary>SHA-256 of the setup, lower-case hexadecimal.</summary>
    public string SetupHash { get; } = Convert.ToHexStringLower(SHA256.HashData(Setup));
}
