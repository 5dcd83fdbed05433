using LedCluster.Metrics;

namespace LedCluster.Host.Evaluation;

/// <summary>A forecast compared with the micro solver for the same initial conditions; the warm-up is left out.</summary>
/// <param name="Members">Number of members compared.</param>
/// <param name="Channels">Comparison of each channel.</param>
/// <param name="ErrorFrames">Frames at which the error's growth was kept, [F].</param>
/// <param name="MicroCpuSeconds">CPU seconds of the micro solver for all these members and all time.</param>
/// <param name="Truth">True fields [frames, C·X] of the member that the report shows.</param>
internal sealed record EvaluationResult(
    int Members, ChannelEvaluation[] Channels, int[] ErrorFrames, double MicroCpuSeconds, float[] Truth)
{
    /// <summary>Mean of the system's diagnostics over the true members, [frames, D]; empty when it has none.</summary>
    public double[] Diagnostics { get; init; } = [];

    /// <summary>Distances as laws, of exchangeable points; then there are no channels. Null for other fields.</summary>
    public LawEvaluation? Laws { get; init; }

    /// <summary>Points of the member that the report shows; null where there are no laws.</summary>
    public CloudPair? Clouds { get; init; }
}

/// <summary>Points of a member in the truth and in its forecast.</summary>
/// <param name="Frames">Frames, [F].</param>
/// <param name="Truth">True fields [F][C·X].</param>
/// <param name="Forecast">Forecast fields [F][C·X].</param>
internal sealed record CloudPair(int[] Frames, double[][] Truth, double[][] Forecast);
