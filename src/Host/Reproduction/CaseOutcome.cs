using LedCluster.Domain.Workers;
using LedCluster.Host.Evaluation;
using LedCluster.Metrics;
using LedCluster.Report;

namespace LedCluster.Host.Reproduction;

/// <summary>What a forecast of a reproduction came to.</summary>
/// <param name="TrainingSeconds">CPU seconds of the model's training; NaN when its record does not tell.</param>
/// <param name="Errors">Comparison with the micro solver; null when no member reached the end.</param>
/// <param name="Done">Members that reached the end.</param>
/// <param name="LargestExcess">Largest latent excess beyond the training range over all members and legs.</param>
/// <param name="Bare">Speed-up without encoder and decoder.</param>
/// <param name="Full">Speed-up with all work.</param>
internal sealed record CaseOutcome(double TrainingSeconds, CaseErrors? Errors, int Done, double LargestExcess, double Bare, double Full)
{
    /// <summary>Numbers in the model's weights file.</summary>
    public required int Weights { get; init; }

    /// <summary>Seconds per kind of work of the forecast.</summary>
    public required WorkTimes Times { get; init; }

    /// <summary>Whether the propagator has a memory, so that it also worked during the warm-up.</summary>
    public bool PropagatorRemembers { get; init; }

    /// <summary>Mean error over a figure's own time; NaN where it takes none.</summary>
    public double MeanError { get; init; } = double.NaN;

    /// <summary>The error of each channel in words.</summary>
    public string Text => Errors is null
        ? "no member reached the end"
        : $"MNAD {string.Join(", ", Errors.Channels.Select(c => $"{c.Name} {NumberText.Significant(c.Mnad, 3)}"))}";
}

/// <summary>What figures show of an <see cref="EvaluationResult"/>.</summary>
/// <param name="Frames">Frames at which the error's growth was kept, [F].</param>
/// <param name="Channels">Comparison of each channel.</param>
internal sealed record CaseErrors(int[] Frames, ChannelCase[] Channels)
{
    /// <summary>Takes it from an evaluation.</summary>
    public static CaseErrors Of(EvaluationResult result) => new(result.ErrorFrames, [.. result.Channels.Select(c => new ChannelCase(
        c.Name, c.Errors.Mnad, c.MnadDeviation, c.Errors.Rmse, c.Errors.Correlation, c.Errors.Maximum - c.Errors.Minimum, c.Growth.Mean, c.Valid,
        c.Climate is { } climate
            ? new(climate.DensityDistance, climate.SelfNoise, climate.TrueSpectrum.Mean, climate.ForecastSpectrum.Mean)
            : null,
        c.Crps, c.SpreadSkill, c.Ranks?.Shares))]);
}

/// <summary>The part of a <see cref="ChannelEvaluation"/> that figures show; members of the same name are the same.</summary>
/// <param name="Name">Name of the channel.</param>
/// <param name="Mnad">Mean normalised absolute difference.</param>
/// <param name="MnadDeviation">Its standard deviation over members.</param>
/// <param name="Rmse">Root mean square error, in the channel's unit.</param>
/// <param name="Correlation">Pearson correlation.</param>
/// <param name="Range">Range of the truth, in the channel's unit.</param>
/// <param name="Growth">Normalised absolute error at each kept frame, mean over members, [F].</param>
/// <param name="Valid">Valid prediction time.</param>
/// <param name="Climate">Long-time statistics.</param>
/// <param name="Crps">Fair CRPS at the end.</param>
/// <param name="SpreadSkill">Spread-skill ratio at the end.</param>
/// <param name="RankShares">Shares of the rank histogram.</param>
internal sealed record ChannelCase(
    string Name, double Mnad, double MnadDeviation, double Rmse, double Correlation, double Range, double[] Growth, ValidPredictionTime? Valid,
    ClimateCase? Climate, double Crps, double SpreadSkill, double[]? RankShares);

/// <summary>The part of a <see cref="Climate"/> that figures show.</summary>
/// <param name="DensityDistance">L1 distance of the densities of the derivatives.</param>
/// <param name="SelfNoise">That of the truth from itself.</param>
/// <param name="TrueSpectrum">Mean power of each mode of the truth.</param>
/// <param name="ForecastSpectrum">That of the forecast.</param>
internal sealed record ClimateCase(double DensityDistance, double SelfNoise, double[] TrueSpectrum, double[] ForecastSpectrum);
