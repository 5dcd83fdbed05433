using LedCluster.Host.Forecasts;

namespace LedCluster.Host.Evaluation;

/// <summary>The run's <c>report.html</c>.</summary>
internal static class ForecastReport
{
    /// <summary>Writes the report of a finished run; with an evaluation it also shows truth and errors.</summary>
    public static void Write(ForecastSetup setup, EvaluationResult? evaluation)
    {
    }
}
