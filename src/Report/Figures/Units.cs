using LedCluster.Domain.Fields;

namespace LedCluster.Report.Figures;

/// <summary>The sentence about units that ends a caption.</summary>
internal static class Units
{
    /// <summary>States the unit of each quantity; one short sentence when none has any.</summary>
    public static string Sentence(params IEnumerable<(string Name, string Unit)> quantities)
    {
        var all = quantities.ToArray();
        var bare = all.Where(q => q.Unit is "1" or "").Select(q => q.Name).ToArray();
        var stated = all.Where(q => q.Unit is not ("1" or "")).Select(q => $"{q.Name} in {q.Unit}").ToArray();
        if (stated.Length == 0)
            return $"{Capital(List(bare))} {(bare.Length == 1 ? "is" : "are")} dimensionless.";
        return bare.Length == 0
            ? $"Units: {string.Join(", ", stated)}."
            : $"Units: {string.Join(", ", stated)}; {List(bare)} dimensionless.";
    }

    public static IEnumerable<(string Name, string Unit)> Of(FieldLayout layout) =>
    [
        ("time\u00a0t", layout.TimeUnit),
        .. layout.Axes.Select(a => ($"{a.LongName}\u00a0{a.Name}", a.Unit)),
        .. layout.Channels.Select(c => (c.Name, c.Unit)),
    ];

    /// <summary>Words joined as in "a, b and c".</summary>
    public static string List(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";

    /// <summary>Panel letters: a, b, … z, aa, ab, …</summary>
    public static string Letter(int index) =>
        index < 26 ? ((char)('a' + index)).ToString() : Letter(index / 26 - 1) + Letter(index % 26);

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
