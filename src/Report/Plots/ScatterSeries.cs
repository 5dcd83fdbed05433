namespace LedCluster.Report.Plots;

/// <summary>One cloud or curve of a <see cref="ScatterPlot"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="X">Abscissae in any order.</param>
/// <param name="Y">Ordinates, one for each abscissa; what is not finite interrupts a curve.</param>
public sealed record ScatterSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>CSS colour; null takes the next one of the palette.</summary>
    public string? Colour { get; init; }

    /// <summary>Radius of a dot at each point in pixels; 0 draws a curve through the points. Default 0.</summary>
    public double DotRadius { get; init; }

    /// <summary>Width of the curve in pixels. Default 1.2.</summary>
    public double Width { get; init; } = 1.2;

    /// <summary>0 (invisible) to 1. Default 1.</summary>
    public double Opacity { get; init; } = 1;
}
