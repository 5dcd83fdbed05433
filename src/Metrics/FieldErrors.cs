namespace LedCluster.Metrics;

/// <summary>
/// Running comparison of a forecast with the truth for one channel: feed frames in a fixed order, read the figures at
/// the end. Sums are kept in float64.
/// </summary>
public sealed class FieldErrors
{
    private double absolute, square, sumTruth, sumForecast, sumTruth2, sumForecast2, sumProduct;
    private long count;

    /// <summary>Smallest true value seen.</summary>
    public double Minimum { get; private set; } = double.PositiveInfinity;

    /// <summary>Largest true value seen.</summary>
    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>Adds values to compare; both spans have one length.</summary>
    public void Add(ReadOnlySpan<double> truth, ReadOnlySpan<float> forecast)
    {
        for (var j = 0; j < truth.Length; j++)
        {
            double y = truth[j], f = forecast[j];
            absolute += Math.Abs(y - f);
            square += (y - f) * (y - f);
            sumTruth += y;
            sumForecast += f;
            sumTruth2 += y * y;
            sumForecast2 += f * f;
            sumProduct += y * f;
            Minimum = Math.Min(Minimum, y);
            Maximum = Math.Max(Maximum, y);
        }
        count += truth.Length;
    }

    /// <summary>Adds another account to this one.</summary>
    public void Add(FieldErrors other)
    {
        absolute += other.absolute;
        square += other.square;
        sumTruth += other.sumTruth;
        sumForecast += other.sumForecast;
        sumTruth2 += other.sumTruth2;
        sumForecast2 += other.sumForecast2;
        sumProduct += other.sumProduct;
        count += other.count;
        Minimum = Math.Min(Minimum, other.Minimum);
        Maximum = Math.Max(Maximum, other.Maximum);
    }

    /// <summary>
    /// Mean normalised absolute difference, MNAD = mean|y − ŷ| / (max y − min y), dimensionless; the range is that of the
    /// truth over all initial conditions and times (Vlachas et al. 2022, doi:10.1038/s42256-022-00464-w, Methods).
    /// </summary>
    public double Mnad => absolute / count / (Maximum - Minimum);

    /// <summary>Mean absolute error mean|y − ŷ|, in the channel's unit.</summary>
    public double MeanAbsolute => absolute / count;

    /// <summary>Standard deviation of the truth, in the channel's unit.</summary>
    public double TrueDeviation => Math.Sqrt(Math.Max(0, sumTruth2 / count - sumTruth / count * (sumTruth / count)));

    /// <summary>Root mean square error √mean(y − ŷ)², in the channel's unit.</summary>
    public double Rmse => Math.Sqrt(square / count);

    /// <summary>Pearson correlation of truth and forecast, dimensionless.</summary>
    public double Correlation
    {
        get
        {
            var covariance = sumProduct - sumTruth * sumForecast / count;
            var truth = sumTruth2 - sumTruth * sumTruth / count;
            var forecast = sumForecast2 - sumForecast * sumForecast / count;
            return covariance / Math.Sqrt(truth * forecast);
        }
    }
}
