using System.Security.Cryptography;
using System.Text;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Service;

/// <summary>The secret that requests must present; it is kept only as its hash and never shown.</summary>
internal sealed class AccessToken
{
    /// <summary>Environment variable that may hold it.</summary>
    public const string Variable = "LEDCLUSTER_TOKEN";

    private const int ShortestLength = 16, LongestFile = 4096;

    private readonly byte[] hash;

    /// <summary>Takes a secret.</summary>
    public AccessToken(string secret) => hash = Hash(secret);

    /// <summary>Compares in a time that does not depend on where the texts differ.</summary>
    public bool Matches(string secret) => CryptographicOperations.FixedTimeEquals(hash, Hash(secret));

    /// <summary>The secret in a file, or else in the environment; null when neither is given.</summary>
    /// <param name="file">The file; null when none is given.</param>
    /// <exception cref="UserError">The file cannot be read, or the secret is too short.</exception>
    public static string? Secret(string? file)
    {
        if (file is not null && InputFile.Fault(file) is { } fault)
        {
            var remedy = Directory.Exists(file) ? "" : $" Create it with: openssl rand -hex 32 >{file}";
            throw new UserError($"--token-file names '{file}', which {fault}.{remedy}");
        }
        var (origin, secret) = file is null ? (Variable, Environment.GetEnvironmentVariable(Variable)) : ($"--token-file '{file}'", Content(file));
        if (file is null && string.IsNullOrEmpty(secret))
            return null;
        secret = secret!.Trim();
        return secret.Length >= ShortestLength && secret.All(c => c is > ' ' and <= '~') ? secret : throw new UserError(
            $"{origin} has {secret.Length} characters; give at least {ShortestLength}, printable and without spaces, for example from: openssl rand -hex 32");
    }

    /// <summary>A file, a pipe such as that of <c>--token-file &lt;(pass show led)</c>, or standard input, to its end.</summary>
    private static string Content(string file)
    {
        using var stream = InputFile.Open(file);
        var bytes = new byte[LongestFile + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= LongestFile ? Encoding.UTF8.GetString(bytes, 0, length) : throw new UserError(
            $"--token-file '{file}' has more than {LongestFile:N0} bytes, so it is not a token.");
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
