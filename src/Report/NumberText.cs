using System.Globalization;

namespace LedCluster.Report;

/// <summary>Numbers as a journal prints them: true minus sign, powers of ten with superscripts, a dash for none.</summary>
public static class NumberText
{
    /// <summary>What stands where there is no number.</summary>
    public const string None = "–";

    /// <summary>A fixed number of decimals; − instead of a hyphen and no negative zero.</summary>
    public static string Fixed(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return None;
        var text = value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        return text.StartsWith('-') ? (text.AsSpan(1).ContainsAnyInRange('1', '9') ? "−" : "") + text[1..] : text;
    }

    /// <summary>
    /// At most <paramref name="digits"/> significant digits; powers of ten outside 10⁻³ … 10⁵. Not a number becomes
    /// <see cref="None"/>, an infinity ∞.
    /// </summary>
    public static string Significant(double value, int digits = 4)
    {
        if (double.IsInfinity(value))
            return value > 0 ? "∞" : "−∞";
        if (double.IsNaN(value))
            return None;
        if (value == 0)
            return "0";
        var text = value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture);
        var split = text.IndexOf('E');
        var exponent = int.Parse(text.AsSpan(split + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is >= -3 and < 6)
            return Trim(Fixed(value, Math.Max(0, digits - 1 - exponent)));
        var mantissa = Trim(text[..split].Replace('-', '−'));
        return mantissa is "1" ? Power(exponent) : $"{mantissa}×{Power(exponent)}";
    }

    /// <summary>
    /// How costs compare, in words: <c>12 times cheaper than X</c> or <c>20 times dearer than X</c>; <see cref="None"/> when that is not
    /// known.
    /// </summary>
    /// <param name="speedUp">Cost of X over that of what is spoken of.</param>
    /// <param name="other">X; empty where the words before name it.</param>
    public static string Cheaper(double speedUp, string other = "")
    {
        if (!double.IsFinite(speedUp) || speedUp <= 0)
            return None;
        var times = Significant(Math.Max(speedUp, 1 / speedUp), 3);
        var (words, than) = times == "1" ? ("as dear", "as") : ($"{times} times {(speedUp > 1 ? "cheaper" : "dearer")}", "than");
        return other.Length > 0 ? $"{words} {than} {other}" : words;
    }

    /// <summary>A power of ten, for example 10⁻³.</summary>
    public static string Power(int exponent) =>
        "10" + string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    private static string Trim(string text) => text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;
}
