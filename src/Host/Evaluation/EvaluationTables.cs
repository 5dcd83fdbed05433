using LedCluster.Domain.Fields;
using LedCluster.Metrics;
using LedCluster.Report;

namespace LedCluster.Host.Evaluation;

/// <summary>An evaluation as the report tabulates it.</summary>
internal static class EvaluationTables
{
    /// <summary>Errors of each channel and, where there are any, predictability and climate.</summary>
    public static IReadOnlyList<ReportTable> Of(FieldLayout layout, EvaluationResult evaluation) => evaluation.Laws is { } laws
    ? [Laws(layout, laws, evaluation.Members)]
    :
    [
        Errors(layout, evaluation),
        .. evaluation.Channels.Any(c => c.Valid is not null || c.Climate is not null) ? [Climate(layout, evaluation)] : (ReportTable[])[],
    ];

    private static ReportTable Laws(FieldLayout layout, LawEvaluation laws, int members) => new(
        $"Forecast and reference rows compared with the micro solver as distributions, {members:N0} members, mean over {laws.Frames.Length:N0} frames "
        + "after the warm-up.",
        [new("What"), new("L1 of histograms", "1"), new("L1, Simpson's rule", "1"), new("W₁, mean of marginals"), new("energy distance")],
        [.. laws.Means.Select(row => (ReportCell[])[row.Name, row.Mean.Histogram, row.Mean.Simpson, row.Mean.Wasserstein, row.Mean.Energy])])
    {
        Note = (layout.Exchangeable ? "Points have no order: a frame" : "The system is stochastic: a frame of all members")
            + " is a sample of a distribution. Another realisation of the micro solver gives the floor, the distance of two samples of one distribution. "
            + "The time-averaged distribution is the forecast of a model without a clock. W₁, the 1-Wasserstein distance, is the mean distance by which the "
            + "points of one sample have to be moved to match the other; the energy distance compares distances between the samples with those within them. "
            + "The plain L1 is from 0 to 2; the published variant by Simpson's rule over cell centres leaves out half of each outer cell.",
    };

    private static ReportTable Climate(FieldLayout layout, EvaluationResult evaluation) => new(
        "Predictability and climate.",
        [new("Measure"), .. layout.Channels.Select(channel => new ReportColumn(Label(channel)))],
        [
            Row(
                evaluation, "valid prediction time in T₁",
                $"Lyapunov times T₁ until the root mean square error exceeds {ValidPredictionTime.Threshold} standard deviations of the truth; "
                + "± is the standard deviation over members; longer is better",
                (c, _) => c.Valid is { } valid ? ReportCell.Number(valid.Mean, valid.Deviation) : ReportCell.None),
            Row(
                evaluation, "L1 of the derivatives' density",
                "sum of differences between forecast and truth in the density of first and second derivative in space; a perfect forecast has the distance of "
                + "the truth from itself; 2 means no overlap",
                (c, _) => c.Climate?.DensityDistance),
            Row(
                evaluation, "the same, of the truth from itself", "between halves of the true members: the floor for this number of members",
                (c, _) => c.Climate?.SelfNoise),
        ])
    {
        Note = "Distances of densities are computed between different halves of the members, so that a perfect model reaches the floor.",
    };

    /// <summary>A row for each measure, with its meaning, and a column for each channel: few enough for a phone.</summary>
    private static ReportTable Errors(FieldLayout layout, EvaluationResult evaluation)
    {
        return new(
            $"Forecast against the micro solver, {evaluation.Members:N0} members. Measures divided by the range of the truth are dimensionless.",
            [new("Measure"), .. layout.Channels.Select(channel => new ReportColumn(Label(channel)))],
            [
                Row(
                    evaluation, "MNAD",
                    "mean normalised absolute difference: |forecast − truth| divided by the range of the truth, mean over points, frames after the warm-up "
                    + "and members; 0 is perfect",
                    (c, _) => c.Errors.Mnad),
                Row(
                    evaluation, "RMSE", "root mean square error over the same, in the channel's unit; 0 is perfect",
                    (c, i) => Measured(c.Errors.Rmse, layout.Channels[i].Unit)),
                Row(
                    evaluation, "correlation", "Pearson correlation of forecast and truth over the same; 1 is perfect",
                    (c, _) => ReportCell.Number(c.Errors.Correlation, 6)),
                Row(
                    evaluation, "W₁ at the end",
                    "1-Wasserstein distance: mean distance by which the forecast's members have to be moved to match the distribution of the true ones, in any "
                    + "order; at the final time, mean over points, divided by the range of the truth; 0 is perfect",
                    (c, _) => c.Wasserstein),
                Row(
                    evaluation, "L1 of histograms at the end",
                    "sum of differences between the shares of forecast and true members in the bins of a histogram, at the final time; 0 is perfect, "
                    + "2 means no overlap",
                    (c, _) => c.HistogramDistance),
                Row(
                    evaluation, "CRPS at the end",
                    "continuous ranked probability score (fair): how well the other members' forecasts, as a distribution, predict a true member at the final "
                    + "time, divided by the range of the truth; lower is better; without error it is about half the mean distance between two members, not 0",
                    (c, _) => c.Crps),
                Row(
                    evaluation, "spread / skill at the end",
                    "spread of these forecasts divided by the error of their mean; 1 if the spread equals the error, below 1 if it is too small",
                    (c, _) => ReportCell.Number(c.SpreadSkill, 3)),
            ])
        {
            Note = "The measures can disagree. MNAD, RMSE and correlation compare each member with its own truth, so a phase error increases them even if the "
                + "distribution is right. W₁ and the histograms compare distributions at the final time, so an exchange of members or an earlier error "
                + "does not change them. The CRPS depends mostly on the width of the ensemble: compare it between forecasts of one ensemble, not between "
                + "systems.",
        };

        static ReportCell Measured(double value, string unit) =>
            unit is "1" or "" || double.IsNaN(value) ? value : new ReportCell($"{NumberText.Significant(value)} {unit}", true);
    }

    /// <summary>A measure with its meaning, and its value for each channel, given the channel's place.</summary>
    private static ReportCell[] Row(EvaluationResult evaluation, string name, string meaning, Func<ChannelEvaluation, int, ReportCell> value) =>
        [new ReportCell(name) { Meaning = meaning }, .. evaluation.Channels.Select(value)];

    private static string Label(FieldChannel channel) => $"{channel.LongName} {channel.Name}";
}
