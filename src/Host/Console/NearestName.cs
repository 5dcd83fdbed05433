namespace LedCluster.Host.Console;

/// <summary>The known name that somebody who mistyped one most likely meant.</summary>
internal static class NearestName
{
    /// <summary>Asks whether the nearest name was meant, as a sentence after a blank; empty when no name is near.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="known">The names that there are.</param>
    public static string Hint(string given, IEnumerable<string> known) =>
        known.OrderBy(name => Distance(given, name)).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault() is { } nearest
        && Distance(given, nearest) <= Math.Max(2, nearest.Length / 2) ? $" Did you mean '{nearest}'?" : "";

    /// <summary>Levenshtein distance, ignoring case.</summary>
    internal static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var change = diagonal + (char.ToLowerInvariant(a[i]) == char.ToLowerInvariant(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, 1 + Math.Min(row[j], row[j + 1]));
            }
        }
        return row[^1];
    }
}
