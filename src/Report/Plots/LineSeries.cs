namespace LedCluster.Report.Plots;

/// <summary>One line of a <see cref="LinePlot"/>.</summary>
/// <param name="Name">Its name in the legend; empty for none.</param>
/// <param name="X">Abscissae, ascending.</param>
/// <param name="Y">Ordinates, one for each abscissa; what is not finite becomes a gap.</param>
public sealed record LineSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>CSS colour; null takes the next one of the palette.</summary>
    public string? Colour { get; init; }

    /// <summary>Dashes instead of a solid line. Default: false.</summary>
    public bool Dashed { get; init; }

    /// <summary>A dot at every point, for few points. Default: false.</summary>
    public bool Dots { get; init; }

    /// <summary>Line width in pixels; 0 for dots alone. Default 1.6.</summary>
    public double Width { get; init; } = 1.6;

    /// <summary>Shaded ranges behind the line, the widest first.</summary>
    public IReadOnlyList<Band> Bands { get; init; } = [];
}
