using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace LedCluster.Report.Drawing;

/// <summary>Text inside markup.</summary>
internal static partial class Markup
{
    /// <summary>
    /// Escapes running text for HTML and sets it as in print: one letter, an underscore and a short index (T_m) become a symbol
    /// with a subscript; ranges of numbers and percentages are not torn apart at the end of a line.
    /// </summary>
    public static string Typeset(string? text)
    {
        var markup = Subscript().Replace(Escape(text), "<i>$1</i><sub>$2</sub>");
        return Range().Replace(markup, "$1\u2060–\u2060$2").Replace(" %", "\u00a0%");
    }

    /// <summary>Escapes text for element content and quoted attributes; characters that XML forbids become U+FFFD.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var escaped = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                escaped.Append(c).Append(text[++i]);
            else
                _ = c switch
                {
                    '<' => escaped.Append("&lt;"),
                    '>' => escaped.Append("&gt;"),
                    '&' => escaped.Append("&amp;"),
                    '"' => escaped.Append("&quot;"),
                    '\'' => escaped.Append("&#39;"),
                    _ => escaped.Append(XmlConvert.IsXmlChar(c) ? c : '\ufffd'),
                };
        }
        return escaped.ToString();
    }

    [GeneratedRegex(@"(?<![\p{L}\p{N}_/])(\p{L})_(\p{L}{1,4}|\d)(?![\p{L}\p{N}_/])")]
    private static partial Regex Subscript();

    [GeneratedRegex(@"(\d)–(\d)")]
    private static partial Regex Range();
}
