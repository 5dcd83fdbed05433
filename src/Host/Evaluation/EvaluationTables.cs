using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report;

namespace LedCluster.Host.Evaluation;

/// <summary>An evaluation as the report tabulates it.</summary>
internal static class EvaluationTables
{
    /// <summary>Errors of each channel and, where there are any, predictability and climate.</summary>
    public static IReadOnlyList<ReportTable> Of(FieldLayout layout, EvaluationResult evaluation) => evaluation.Laws is { } laws ? [Laws(layout, laws, evaluation.Members)] :
    [
        Errors(layout, evaluation),
        .. evaluation.Channels.Any(c => c.Valid is not null || c.Climate is not null) ? [Climate(layout, evaluation)] : (ReportTable[])[],
    ];

    private static ReportTable Laws(FieldLayout layout, LawEvaluation laws, int members) => new(
        $"Forecast and yardsticks as laws beside the micro solver, {members:N0} members, mean over {laws.Frames.Length:N0} frames after the warm-up.",
        [new("What"), new("L1 of histograms", "1"), new("L1, Simpson's rule", "1"), new("W₁, mean of marginals"), new("energy distance")],
        [.. laws.Means.Select(row => (ReportCell[])[row.Name, row.Mean.Histogram, row.Mean.Simpson, row.Mean.Wasserstein, row.Mean.Energy])])
    {
        Note = $"{(layout.Exchangeable ? "Points have no order: a frame" : "The system is stochastic: a frame of all members")} is a sample of a law. Another realisation of the micro solver is the floor, the sampling noise of two samples of one law; the law averaged over time is what a forecast without a clock would give. "
            + "The plain L1 is from 0 to 2; the published variant by Simpson's rule over cell centres leaves out half of each outer cell.",
    };

    private static ReportTable Climate(FieldLayout layout, EvaluationResult evaluation) => new(
        "Predictability and climate.",
        [new("Channel"), new("valid prediction time", "T₁"), new("L1 of the derivatives' density", "1"), new("of the truth from itself", "1")],
        [
            .. evaluation.Channels.Select((c, i) => (ReportCell[])
            [
                Label(layout.Channels[i]), c.Valid is { } valid ? ReportCell.Number(valid.Mean, valid.Deviation) : ReportCell.None,
                c.Climate?.DensityDistance, c.Climate?.SelfNoise,
            ]),
        ])
    {
        Note = $"A prediction is valid while its root mean square error is below {ValidPredictionTime.Threshold} standard deviations of the truth; ± is the standard deviation over members; "
            + "T₁ is the Lyapunov time. The density is that of the first and second derivative in space; distances are taken between different halves of the members, so that a perfect model reaches the truth's own.",
    };

    private static ReportTable Errors(FieldLayout layout, EvaluationResult evaluation) => new(
        $"Forecast against the micro solver, {evaluation.Members:N0} members.",
        [
            new("Channel"), new("MNAD", "1"), new("RMSE", Unit(layout)), new("Correlation", "1"),
            new("W₁ at end", "1"), new("L1 histogram at end", "1"), new("CRPS at end", "1"), new("Spread / skill at end", "1"),
        ],
        [
            .. evaluation.Channels.Select((c, i) => (ReportCell[])
            [
                Label(layout.Channels[i]), c.Errors.Mnad, c.Errors.Rmse, ReportCell.Number(c.Errors.Correlation, 6),
                c.Wasserstein, c.HistogramDistance, c.Crps, ReportCell.Number(c.SpreadSkill, 3),
            ]),
        ])
    {
        Note = "MNAD, W₁ and the fair CRPS are divided by the range of the truth. MNAD, RMSE and correlation are taken over all frames after the warm-up, "
            + "points and members; the other columns at the final time, where the CRPS and the spread-skill ratio predict each true member by the forecasts of the others.",
    };

    private static string Label(FieldChannel channel) => $"{channel.LongName} {channel.Name}";

    private static string Unit(FieldLayout layout) => layout.Channels.Select(c => c.Unit).Distinct().Count() == 1 ? layout.Channels[0].Unit : "";
}
