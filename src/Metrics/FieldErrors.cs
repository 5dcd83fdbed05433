namespace LedCluster.Metrics;

/// <summary>
/// Running comparison of a forecast with the truth for one channel: feed frames in a fixed order, read the figures at
/// the end. Both are compared in float32, in which a forecast is kept: a perfect one has no error then. Sums are kept in float64
/// and about the mean (Chan, Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115, equation 2.1), so that a field that is
/// constant has a variance of exactly 0. Before anything is added, all figures are NaN.
/// </summary>
public sealed class FieldErrors
{
    private double absolute, square, meanTruth, meanForecast, squaresTruth, squaresForecast, products; // the last three about the means
    private long count;

    /// <summary>Smallest true value seen.</summary>
    public double Minimum { get; private set; } = double.PositiveInfinity;

    /// <summary>Largest true value seen.</summary>
    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>Adds values to compare; both spans have one length.</summary>
    public void Add(ReadOnlySpan<float> truth, ReadOnlySpan<float> forecast)
    {
        if (truth.IsEmpty)
            return;
        var (y0, f0) = ((double)truth[0], (double)forecast[0]); // near the means, so that nothing cancels
        double sumY = 0, sumF = 0, sumYY = 0, sumFF = 0, sumYF = 0;
        for (var j = 0; j < truth.Length; j++)
        {
            double y = truth[j], f = forecast[j];
            absolute += Math.Abs(y - f);
            square += (y - f) * (y - f);
            Minimum = Math.Min(Minimum, y);
            Maximum = Math.Max(Maximum, y);
            y -= y0;
            f -= f0;
            sumY += y;
            sumF += f;
            sumYY += y * y;
            sumFF += f * f;
            sumYF += y * f;
        }
        var n = truth.Length;
        Merge(n, y0 + sumY / n, f0 + sumF / n, Math.Max(0, sumYY - sumY / n * sumY), Math.Max(0, sumFF - sumF / n * sumF), sumYF - sumY / n * sumF);
    }

    /// <summary>Adds another account to this one.</summary>
    public void Add(FieldErrors other)
    {
        absolute += other.absolute;
        square += other.square;
        Minimum = Math.Min(Minimum, other.Minimum);
        Maximum = Math.Max(Maximum, other.Maximum);
        Merge(other.count, other.meanTruth, other.meanForecast, other.squaresTruth, other.squaresForecast, other.products);
    }

    /// <summary>
    /// Mean normalised absolute difference, MNAD = mean|y − ŷ| / (max y − min y), dimensionless; the range is that of the
    /// truth over all initial conditions and times (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, Methods). When the
    /// truth has no range, 0 for a forecast without error and NaN for any other.
    /// </summary>
    public double Mnad => Normalised(MeanAbsolute);

    /// <summary>Mean absolute error mean|y − ŷ|, in the channel's unit.</summary>
    public double MeanAbsolute => absolute / count;

    /// <summary>Standard deviation of the truth, in the channel's unit.</summary>
    public double TrueDeviation => Math.Sqrt(squaresTruth / count);

    /// <summary>Root mean square error √mean(y − ŷ)², in the channel's unit.</summary>
    public double Rmse => Math.Sqrt(square / count);

    /// <summary>Pearson correlation of truth and forecast, dimensionless, between −1 and 1; NaN when one of them is constant.</summary>
    public double Correlation => squaresTruth > 0 && squaresForecast > 0
        ? Math.Clamp(products / (Math.Sqrt(squaresTruth) * Math.Sqrt(squaresForecast)), -1, 1) : double.NaN;

    /// <summary>A distance in the channel's unit as a part of the truth's range; when it has none, 0 for no distance and NaN for any other.</summary>
    public double Normalised(double distance) =>
        Maximum > Minimum ? distance / (Maximum - Minimum) : distance == 0 ? 0 : double.NaN;

    private void Merge(long added, double truth, double forecast, double squaresY, double squaresF, double productsYF)
    {
        if (added == 0)
            return;
        var (part, all) = ((double)count * added / (count + added), count + added);
        var (Δy, Δf) = (truth - meanTruth, forecast - meanForecast);
        squaresTruth += squaresY + Δy * Δy * part;
        squaresForecast += squaresF + Δf * Δf * part;
        products += productsYF + Δy * Δf * part;
        meanTruth += Δy * added / all;
        meanForecast += Δf * added / all;
        count = all;
    }
}
