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
        var last = Climate.TrueSpectrum.Mean.Length - 1;
        return new(
            $"Climate of {Channel.Name}.",
            $"Decimal logarithm of the share of points in each cell of the plane of {Channel.Name}_x and {Channel.Name}_xx, "
            + "(a) truth and (b) forecast; white cells are empty. "
            + $"L1 distance {NumberText.Significant(Climate.DensityDistance, 3)}, "
            + $"of the truth from itself {NumberText.Significant(Climate.SelfNoise, 3)}. "
            + "(c) Mean power of the spatial modes"
            + (Modes <= last ? $", up to the last above 10⁻¹⁰ of the largest, k = {Modes - 1} of {last}." : "."),
            [Density(truth, range, "truth", "a"), Density(forecast, range, "forecast", "b"), Spectrum("c")]);
    }

    /// <summary>Modes 0, 1, … that are shown: the others have neither in truth nor in forecast a power that matters, as beyond the solver's cut-off.</summary>
    private int Modes
    {
        get
        {
            double[] power = [.. Climate.TrueSpectrum.Mean.Zip(Climate.ForecastSpectrum.Mean, Math.Max)];
            var least = 1e-10 * power.Skip(1).DefaultIfEmpty().Max();
            return Math.Max(Math.Min(3, power.Length), 1 + Array.FindLastIndex(power, p => p > least));
        }
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
            Size = PlotSize.Half with { Height = 345 },
        }.ToSvg();
    }

    private string Spectrum(string letter)
    {
        double[] modes = [.. Enumerable.Range(1, Modes - 1).Select(k => (double)k)];
        return new LinePlot(new("mode", "k"), new("mean power", "", Channel.Unit is "1" or "" ? "1" : $"({Channel.Unit})²") { Logarithmic = true },
            [
                new("truth", modes, Climate.TrueSpectrum.Mean[1..Modes]),
                new("forecast", modes, Climate.ForecastSpectrum.Mean[1..Modes]) { Dashed = true },
            ])
        { Title = new("power spectrum", letter), Size = PlotSize.Half with { Height = 300 } }.ToSvg();
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
