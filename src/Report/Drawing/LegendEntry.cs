namespace LedCluster.Report.Drawing;

/// <summary>What stands in front of a legend's text.</summary>
internal enum LegendMark
{
    Line,
    Dashed,
    Box,
    Outline,
    Dot,
    Circle,
}

/// <summary>One entry of a legend.</summary>
internal sealed record LegendEntry(string Name, string Colour, LegendMark Mark, double Opacity = 1, bool Edged = false);
