namespace LedCluster.Domain.Wire;

/// <summary>The known name that somebody who mistyped one most likely meant.</summary>
public static class NearestName
{
    /// <summary>Asks whether the nearest name was meant, as a sentence after a blank; empty when no name is near.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="known">The names that there are.</param>
    public static string Hint(string given, IEnumerable<string> known) =>
        Sorted(given, known) is [var nearest, ..]
        && Distance(given, nearest) is var distance && distance <= Math.Max(2, nearest.Length / 2) && distance < nearest.Length
            ? $" Did you mean '{nearest}'?"
            : "";

    /// <summary>Names by their distance from the one that was given, the nearest first.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="known">The names that there are.</param>
    public static string[] Sorted(string given, IEnumerable<string> known) =>
        [.. known.OrderBy(name => Distance(given, name)).ThenBy(name => name, StringComparer.Ordinal)];

    /// <summary>
    /// Letters to change, add, leave out or exchange with the next (optimal string alignment distance), ignoring case; 1 for the beginning
    /// of a name, of two letters or more.
    /// </summary>
    /// <param name="a">One name, which may be the beginning of the other.</param>
    /// <param name="b">The other.</param>
    public static int Distance(string a, string b)
    {
        if (a.Length >= 2 && b.Length > a.Length && b.StartsWith(a, StringComparison.OrdinalIgnoreCase) && a.Any(char.IsLetter))
            return 1;
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var changed = rows[i - 1, j - 1] + (IsSame(a[i - 1], b[j - 1]) ? 0 : 1);
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, changed);
                if (i > 1 && j > 1 && IsSame(a[i - 1], b[j - 2]) && IsSame(a[i - 2], b[j - 1]))
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        return rows[a.Length, b.Length];
    }

    private static bool IsSame(char one, char other) => char.ToLowerInvariant(one) == char.ToLowerInvariant(other);
}
