using System.Text;
using System.Xml;

namespace LedCluster.Report.Drawing;

/// <summary>Text inside markup.</summary>
internal static class Markup
{
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
}
