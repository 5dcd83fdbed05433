namespace LedCluster.Metrics;

/// <summary>
/// A forecast compared with the truth, one channel; frames of the warm-up are left out. What is divided by the channel's range,
/// that of the truth over all members and times, is 0 or NaN when there is no range (<see cref="FieldErrors.Normalised"/>).
/// </summary>
/// <param name="Name">Name of the channel.</param>
/// <param name="Errors">MNAD, root mean square error and correlation over all frames, points and members.</param>
/// <param name="MnadDeviation">Standard deviation over members of each one's MNAD, at the kept frames.</param>
/// <param name="Growth">Normalised absolute error, mean over points: at each kept frame the mean over members, and their 5 % and 95 % quantiles, [F].</param>
/// <param name="Correlation">Spatial correlation at each kept frame, mean over members, [F].</param>
/// <param name="Valid">Valid prediction time; null for a system that is not chaotic.</param>
/// <param name="Climate">Long-time statistics; null for a domain that is not periodic.</param>
/// <param name="Wasserstein">At the final time, W₁ between the forecast's and the true ensemble, mean over points, divided by the channel's range.</param>
/// <param name="HistogramDistance">The same for the L1 distance of histograms, between 0 and 2.</param>
/// <param name="Crps">Fair CRPS at the final time, each true member being predicted by the forecasts of the others, divided by the channel's range; NaN for fewer than three members.</param>
/// <param name="SpreadSkill">Spread-skill ratio of the same; NaN for fewer than three members, and when the mean of the others has no error.</param>
/// <param name="Ranks">Rank histogram of the same; null for fewer than three members.</param>
public sealed record ChannelEvaluation(
    string Name,
    FieldErrors Errors,
    double MnadDeviation,
    (double[] Mean, double[] Lower, double[] Upper) Growth,
    double[] Correlation,
    ValidPredictionTime? Valid,
    Climate? Climate,
    double Wasserstein,
    double HistogramDistance,
    double Crps,
    double SpreadSkill,
    RankHistogram? Ranks);

/// <summary>How long predictions of a chaotic system stay valid, in Lyapunov times.</summary>
/// <param name="Mean">Mean over members.</param>
/// <param name="Deviation">Standard deviation over members.</param>
public sealed record ValidPredictionTime(double Mean, double Deviation)
{
    /// <summary>A prediction is valid while its root mean square error is below this fraction of the truth's standard deviation.</summary>
    public const double Threshold = 0.5;
}
