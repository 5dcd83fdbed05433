using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace LedCluster.Actors;

/// <summary>Identity of a run on a cluster.</summary>
public readonly partial record struct RunId
{
    /// <summary>Longest identity, in characters.</summary>
    public const int Longest = 40;

    /// <summary>Takes an identity.</summary>
    /// <param name="value">1 to 40 of a-z, 0-9 and hyphen.</param>
    /// <exception cref="FormatException">It holds anything else.</exception>
    public RunId(string value) => Value = Form().IsMatch(value) ? value
        : throw new FormatException($"A run's identity is 1 to {Longest} of a-z, 0-9 and hyphen, got {value.Length} characters of another form.");

    /// <summary>The identity.</summary>
    public string Value { get; }

    /// <inheritdoc />
    public override string ToString() => Value;

    [GeneratedRegex(@"\A[a-z0-9-]{1,40}\z")]
    private static partial Regex Form();
}

/// <summary>A run as a cluster knows it.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Epoch">How often a coordinator has started or resumed it, this time included; 1 or more.</param>
/// <param name="Setup">Everything a node needs to build the run's workers; opaque to the engine.</param>
public sealed record RunIdentity(RunId Id, int Epoch, byte[] Setup)
{
    /// <summary>SHA-256 of the setup, lower-case hexadecimal.</summary>
    public string SetupHash { get; } = Convert.ToHexStringLower(SHA256.HashData(Setup));
}
