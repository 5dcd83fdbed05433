namespace LedCluster.Storage.Forecasts;

/// <summary>Ensemble statistics of consecutive frames; N is the number of cells C·X.</summary>
/// <param name="FirstFrame">First frame.</param>
/// <param name="Frames">Number of frames F.</param>
/// <param name="Mean">Mean, [F, N].</param>
/// <param name="Std">Unbiased standard deviation, [F, N]; NaN for a single member.</param>
/// <param name="Minimum">Smallest value, [F, N].</param>
/// <param name="Maximum">Largest value, [F, N].</param>
/// <param name="Quantile">Quantiles in the order of <see cref="EnsembleStatistics.Quantiles"/>, [5, F, N].</param>
public sealed record StatisticsBlock(
    int FirstFrame, int Frames, double[] Mean, double[] Std, float[] Minimum, float[] Maximum, float[] Quantile);
