using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Long-time statistics of one channel: density of its derivatives, and spatial power spectrum, truth beside forecast.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Layout">Grid and units.</param>
/// <param name="Climate">The statistics.</param>
public sealed record ClimateFigure(FieldChannel Channel, FieldLayout Layout, Climate Climate)
{
    /// <summary>Draws the figure.</summary>
    public ReportFigure Draw()
    {
        var (truth, forecast) = (Logarithms(Climate.TrueDensity), Logarithms(Climate.ForecastDensity));
        var range = ColourRange.Shared(truth, forecast);
        return new(
            $"Climate of {Channel.Name}.",
            $"Decimal logarithm of the share of points in each cell of the plane of {Channel.Name}_x and {Channel.Name}_xx, (a) truth and (b) forecast; white cells are empty. "
            + $"L1 distance {NumberText.Significant(Climate.DensityDistance, 3)}, of the truth from itself {NumberText.Significant(Climate.SelfNoise, 3)}. (c) Mean power of the spatial modes.",
            [Density(truth, range, "truth", "a"), Density(forecast, range, "forecast", "b"), Spectrum("c")]);
    }

    private static float[] Logarithms(PlaneDensity density)
    {
        var values = new float[density.Bins * density.Bins];
        for (var i = 0; i < density.Bins; i++)
            for (var j = 0; j < density.Bins; j++)
                values[i * density.Bins + j] = density.Share(i, j) is > 0 and var share ? (float)Math.Log10(share) : float.NaN;
        return values;
    }

    private string Density(float[] values, ColourRange range, string what, string letter)
    {
        var cells = Climate.TrueDensity;
        return new HeatMap(
            new("slope", $"{Channel.Name}_x", PerLength(1)), new("curvature", $"{Channel.Name}_xx", PerLength(2)), new("log₁₀ of the share"),
            values, cells.Bins, cells.Bins)
        {
            Times = Centres(cells.Horizontal, cells.Bins),
            Positions = Centres(cells.Vertical, cells.Bins),
            Range = range,
            Title = new(what, letter),
            Size = new(540, 400),
        }.ToSvg();
    }

    private string Spectrum(string letter)
    {
        var modes = Enumerable.Range(0, Climate.TrueSpectrum.Mean.Length).Select(k => (double)k).ToArray();
        return new LinePlot(new("mode", "k"), new("mean power", "", Channel.Unit is "1" or "" ? "1" : $"({Channel.Unit})²") { Logarithmic = true },
            [
                new("truth", [.. modes.Skip(1)], [.. Climate.TrueSpectrum.Mean.Skip(1)]),
                new("forecast", [.. modes.Skip(1)], [.. Climate.ForecastSpectrum.Mean.Skip(1)]) { Dashed = true },
            ])
        { Title = new("power spectrum", letter), Size = new(540, 400) }.ToSvg();
    }

    private string PerLength(int order)
    {
        var unit = Channel.Unit is "1" or "" ? "1" : Channel.Unit;
        return Layout.Line.Unit is "1" or "" ? unit : $"{unit}/{Layout.Line.Unit}{(order == 2 ? "²" : "")}";
    }

    private static (double, double) Centres((double Low, double High) range, int bins)
    {
        var half = (range.High - range.Low) / bins / 2;
        return (range.Low + half, range.High - half);
    }
}
