using System.Globalization;
using System.Text;
using LedCluster.Report.Colours;

namespace LedCluster.Report.Drawing;

/// <summary>
/// Writes one SVG element by element. Whatever has a coordinate that is not finite is not drawn, so that no NaN can reach the
/// file.
/// </summary>
internal sealed class SvgCanvas
{
    private const double Far = 1e5, Widened = 1.2;
    private readonly StringBuilder svg = new();

    /// <summary>Starts a drawing.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="title">What it shows, for readers who cannot see it.</param>
    public SvgCanvas(double width, double height, string title)
    {
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" viewBox=\"0 0 ")
            .Append(Text(width)).Append(' ').Append(Text(height)).Append("\" width=\"").Append(Text(width)).Append("\" height=\"")
            .Append(Text(height)).Append("\" style=\"width:100%;max-width:").Append(Text(Widened * width)).Append("px\" aria-label=\"")
            .Append(Markup.Escape(title))
            .Append("\" font-family=\"Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif\" font-size=\"12\">\n");
    }

    /// <summary>Approximate width of a text in pixels, on the safe side for the common sans-serif faces.</summary>
    public static double Measure(string text, double size = 12) =>
        text.Sum(c => c is 'i' or 'l' or '.' or ',' or ' ' or '(' or ')' or 't' or 'f' or 'I' ? 0.34 : char.IsUpper(c) || c is 'm' or 'w' ? 0.76 : 0.58) * size;

    public void Line(double x1, double y1, double x2, double y2, string colour, double width = 1, string dash = "")
    {
        if (!Finite(x1, y1, x2, y2))
            return;
        svg.Append($"<line x1=\"{Text(x1)}\" y1=\"{Text(y1)}\" x2=\"{Text(x2)}\" y2=\"{Text(y2)}\" style=\"stroke:{colour};stroke-width:{Text(width)}");
        svg.Append(dash.Length > 0 ? $";stroke-dasharray:{dash}\"/>\n" : "\"/>\n");
    }

    public void Rectangle(Box box, string fill, double opacity = 1)
    {
        if (Finite(box.Left, box.Top, box.Width, box.Height) && box.Width > 0 && box.Height > 0)
            svg.Append(
                $"<rect x=\"{Text(box.Left, 2)}\" y=\"{Text(box.Top)}\" width=\"{Text(box.Width, 2)}\" height=\"{Text(box.Height)}\" "
                + $"style=\"fill:{fill}{Opacity("fill", opacity)}\"/>\n");
    }

    public void Frame(Box box, string colour) =>
        svg.Append(
            $"<rect x=\"{Text(box.Left)}\" y=\"{Text(box.Top)}\" width=\"{Text(box.Width)}\" height=\"{Text(box.Height)}\" "
            + $"style=\"fill:none;stroke:{colour}\"/>\n");

    public void Dot(double x, double y, double radius, string fill, string stroke = "none")
    {
        if (Finite(x, y))
            svg.Append($"<circle cx=\"{Text(x)}\" cy=\"{Text(y)}\" r=\"{Text(radius)}\" style=\"fill:{fill};stroke:{stroke}\"/>\n");
    }

    /// <summary>Strokes a path; nothing for an empty one.</summary>
    public void Stroke(SvgPath path, string colour, double width, string dash = "", double opacity = 1)
    {
        if (path.IsEmpty)
            return;
        svg.Append($"<path d=\"{path}\" style=\"fill:none;stroke:{colour};stroke-width:{Text(width, 2)};stroke-linejoin:round;stroke-linecap:round");
        if (dash.Length > 0)
            svg.Append($";stroke-linecap:butt;stroke-dasharray:{dash}");
        svg.Append($"{Opacity("stroke", opacity)}\"/>\n");
    }

    /// <summary>Fills a path, with an edge of its colour; nothing for an empty one.</summary>
    public void Fill(SvgPath path, string colour, double opacity, double edge = 0)
    {
        if (path.IsEmpty)
            return;
        svg.Append($"<path d=\"{path}\" style=\"fill:{colour}{Opacity("fill", opacity)}");
        if (edge > 0)
            svg.Append($";stroke:{colour};stroke-width:{Text(edge)};stroke-linejoin:round");
        svg.Append("\"/>\n");
    }

    public void Image(Box box, string address) =>
        svg.Append(
            $"<image x=\"{Text(box.Left)}\" y=\"{Text(box.Top)}\" width=\"{Text(box.Width)}\" height=\"{Text(box.Height)}\" "
            + $"preserveAspectRatio=\"none\" href=\"{address}\"/>\n");

    /// <summary>Writes text with its baseline at y; an italic symbol and a further text may follow.</summary>
    public void Write(double x, double y, string text, TextLook look, string italic = "", string after = "")
    {
        if (!Finite(x, y))
            return;
        svg.Append($"<text x=\"{Text(x)}\" y=\"{Text(y)}\" text-anchor=\"{look.Anchor}\" font-size=\"{Text(look.Size)}\"");
        if (look.Bold)
            svg.Append(" font-weight=\"600\"");
        if (look.Turned)
            svg.Append($" transform=\"rotate(-90 {Text(x)} {Text(y)})\"");
        svg.Append($" style=\"fill:{look.Colour}\">{Markup.Escape(text)}");
        if (italic.Length > 0)
            Symbol(text.Length > 0 ? " " : "", italic);
        svg.Append(Markup.Escape(after)).Append("</text>\n");
    }

    private void Symbol(string before, string symbol)
    {
        var split = symbol.IndexOf('_');
        svg.Append($"<tspan font-style=\"italic\">{before}{Markup.Escape(split > 0 ? symbol[..split] : symbol)}</tspan>");
        if (split > 0)
            svg.Append($"<tspan dy=\"3\" font-size=\"10\">{Markup.Escape(symbol[(split + 1)..])}</tspan><tspan dy=\"-3\">\u200b</tspan>");
    }

    /// <summary>Everything until <see cref="Unclip"/> is cut at the box; coordinates stay those of the drawing.</summary>
    public void Clip(Box box) =>
        svg.Append(
            $"<svg x=\"{Text(box.Left)}\" y=\"{Text(box.Top)}\" width=\"{Text(box.Width)}\" height=\"{Text(box.Height)}\" "
            + $"viewBox=\"{Text(box.Left)} {Text(box.Top)} {Text(box.Width)} {Text(box.Height)}\">\n");

    public void Unclip() => svg.Append("</svg>\n");

    /// <summary>The finished drawing.</summary>
    public string Finish() => svg.ToString() + "</svg>";

    /// <summary>A coordinate as text: one decimal, kept within what a renderer can draw.</summary>
    internal static string Text(double value, int decimals = 1) =>
        Math.Clamp(value, -Far, Far).ToString(decimals == 1 ? "0.#" : "0.##", CultureInfo.InvariantCulture);

    private static string Opacity(string of, double opacity) => opacity < 1 ? $";{of}-opacity:{Text(opacity, 2)}" : "";

    private static bool Finite(params ReadOnlySpan<double> values)
    {
        foreach (var value in values)
            if (!double.IsFinite(value))
                return false;
        return true;
    }
}

/// <summary>A path through points; a point that is not finite interrupts it.</summary>
internal sealed class SvgPath
{
    private readonly StringBuilder path = new();
    private bool drawing;

    public bool IsEmpty => path.Length == 0;

    /// <summary>Continues to a point, or interrupts the path if it is not finite.</summary>
    public void To(double x, double y)
    {
        if (!double.IsFinite(x) || !double.IsFinite(y))
        {
            drawing = false;
            return;
        }
        path.Append(drawing ? 'L' : 'M').Append(SvgCanvas.Text(x)).Append(' ').Append(SvgCanvas.Text(y));
        drawing = true;
    }

    /// <summary>Lifts the pen.</summary>
    public void Break() => drawing = false;

    /// <summary>Closes the current outline.</summary>
    public void Close()
    {
        if (drawing)
            path.Append('Z');
        drawing = false;
    }

    public override string ToString() => path.ToString();
}

/// <summary>How a text in a drawing looks.</summary>
internal sealed record TextLook(string Anchor = "start", double Size = 12, bool Bold = false, bool Turned = false, string Colour = Palette.Ink)
{
    public static TextLook Start { get; } = new();

    public static TextLook Middle { get; } = new("middle");

    public static TextLook End { get; } = new("end");
}

/// <summary>A rectangle in pixels of the drawing, y downwards.</summary>
internal readonly record struct Box(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public double Middle => Top + Height / 2;

    public double Centre => Left + Width / 2;
}
