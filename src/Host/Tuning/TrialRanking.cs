namespace LedCluster.Host.Tuning;

/// <summary>By what the trials of a search are ranked; smaller is better.</summary>
internal enum TrialRanking
{
    /// <summary>Mean normalised absolute difference of the forecasts.</summary>
    Mnad,

    /// <summary>
    /// L1 distance between the forecasts' and the truth's density of derivatives, over that of the truth from itself: for chaotic
    /// systems, on which every forecast's error ends up the same. Periodic domains only.
    /// </summary>
    Climate,
}
