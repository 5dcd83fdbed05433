namespace LedCluster.Host.Service;

/// <summary>Names of runs: of directories directly below the service's own.</summary>
internal static class RunName
{
    private const int Longest = 100;

    /// <summary>Whether a text may name a run: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, the first a letter or digit.</summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= Longest && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
