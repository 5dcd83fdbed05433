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
        Note = $"{(layout.Exchangeable ? "Points have no order: a frame" : "The system is stochastic: a frame of all members")} is a sample of a law. Another realisation of the micro solver is the floor, the sampling noise of two samples of one law; the law averaged over time is what a forecast without a clock would give. W₁, the 1-Wasserstein distance, is how far points have to be moved, on average, to be distributed as the others; "
            + "the energy distance compares distances between the two samples with those within them. "
            + "The plain L1 is from 0 to 2; the published variant by Simpson's rule over cell centres leaves out half of each outer cell.",
    };

    private static ReportTable Climate(FieldLayout layout, EvaluationResult evaluation) => new(
        "Predictability and climate.",
        [new("Measure"), .. layout.Channels.Select(channel => new ReportColumn(Label(channel)))],
        [
            Row(evaluation, "valid prediction time in T₁", $"Lyapunov times T₁ until the root mean square error exceeds {ValidPredictionTime.Threshold} standard deviations of the truth; ± is the standard deviation over members; longer is better", (c, _) => c.Valid is { } valid ? ReportCell.Number(valid.Mean, valid.Deviation) : ReportCell.None),
            Row(evaluation, "L1 of the derivatives' density", "sum of differences between forecast and truth in the density of first and second derivative in space; as small as that of the truth from itself is perfect, 2 nothing in common", (c, _) => c.Climate?.DensityDistance),
            Row(evaluation, "the same, of the truth from itself", "between halves of the true members: the least that so many members can show", (c, _) => c.Climate?.SelfNoise),
        ])
    {
        Note = "Distances of densities are taken between different halves of the members, so that a perfect model reaches the truth's own.",
    };

    /// <summary>A row for each measure, with its meaning, and a column for each channel: few enough for a phone.</summary>
    private static ReportTable Errors(FieldLayout layout, EvaluationResult evaluation)
    {
        return new(
            $"Forecast against the micro solver, {evaluation.Members:N0} members. What is divided by the range of the truth is dimensionless.",
            [new("Measure"), .. layout.Channels.Select(channel => new ReportColumn(Label(channel)))],
            [
                Row(evaluation, "MNAD", "mean normalised absolute difference: |forecast − truth| divided by the range of the truth, mean over points, frames after the warm-up and members; 0 is perfect", (c, _) => c.Errors.Mnad),
                Row(evaluation, "RMSE", "root mean square error over the same, in the channel's unit; 0 is perfect", (c, i) => Measured(c.Errors.Rmse, layout.Channels[i].Unit)),
                Row(evaluation, "correlation", "Pearson correlation of forecast and truth over the same; 1 is perfect", (c, _) => ReportCell.Number(c.Errors.Correlation, 6)),
                Row(evaluation, "W₁ at the end", "1-Wasserstein distance: how far the forecast's members have to be moved, on average, to be distributed as the true ones, whichever is which; at the final time, mean over points, divided by the range of the truth; 0 is perfect", (c, _) => c.Wasserstein),
                Row(evaluation, "L1 of histograms at the end", "sum of differences between the shares of forecast and true members in the bins of a histogram, at the final time; 0 is perfect, 2 nothing in common", (c, _) => c.HistogramDistance),
                Row(evaluation, "CRPS at the end", "continuous ranked probability score (fair): how well the other members' forecasts, as a distribution, predict a true member at the final time, divided by the range of the truth; lower is better, and without error it is about half the mean distance between two members, not 0", (c, _) => c.Crps),
                Row(evaluation, "spread / skill at the end", "spread of these forecasts over the error of their mean; 1 where the spread tells the error, below 1 where it is too small", (c, _) => ReportCell.Number(c.SpreadSkill, 3)),
            ])
        {
            Note = "The measures can disagree. MNAD, RMSE and correlation compare each member with its own truth: they see an error of phase that leaves the distribution as it is. W₁ and the histograms compare distributions, and see "
                + "neither an exchange of members nor what was before the end. The CRPS depends mostly on how wide the ensemble is: compare it between forecasts of one ensemble, not between systems.",
        };

        static ReportCell Measured(double value, string unit) => unit is "1" or "" || double.IsNaN(value) ? value : new ReportCell($"{NumberText.Significant(value)} {unit}", true);
    }

    /// <summary>A measure with its meaning, and its value for each channel, given the channel's place.</summary>
    private static ReportCell[] Row(EvaluationResult evaluation, string name, string meaning, Func<ChannelEvaluation, int, ReportCell> value) =>
        [new ReportCell(name) { Meaning = meaning }, .. evaluation.Channels.Select(value)];

    private static string Label(FieldChannel channel) => $"{channel.LongName} {channel.Name}";
}
