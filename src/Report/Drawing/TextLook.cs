using LedCluster.Report.Colours;

namespace LedCluster.Report.Drawing;

/// <summary>How a text in a drawing looks.</summary>
internal sealed record TextLook(string Anchor = "start", double Size = 12, bool Bold = false, bool Turned = false, string Colour = Palette.Ink)
{
    public static TextLook Start { get; } = new();

    public static TextLook Middle { get; } = new("middle");

    public static TextLook End { get; } = new("end");
}
