using LedCluster.Domain.Workers;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>CPU seconds per kind of work against the cost of the micro solver alone.</summary>
/// <param name="Times">What the run spent.</param>
public sealed record WorkFigure(WorkTimes Times)
{
    /// <summary>CPU seconds that the micro solver alone would take for the same members and times; null when unknown.</summary>
    public double? MicroOnlyCpuSeconds { get; init; }

    /// <summary>How the micro-only cost is known, for the caption, for example "measured on 4 members".</summary>
    public string MicroOnlySource { get; init; } = "";

    internal ReportFigure Draw()
    {
        var kinds = Enum.GetValues<Work>();
        var total = Times.Cpu.Sum();
        var known = MicroOnlyCpuSeconds is { } cost && double.IsFinite(cost) && cost > 0;
        var axis = new Axis("CPU time", "", "s");

        var panels = new List<string>();
        if (known)
            panels.Add(new BarPlot(axis,
            [
                new("micro only", [new("", MicroOnlyCpuSeconds!.Value, Palette.Reference)], Seconds(MicroOnlyCpuSeconds.Value)),
                new("this run", [.. kinds.Select(k => new BarPart("", Times.Cpu[(int)k], Palette.Of(k)))], Seconds(total)),
            ])
            { Title = new("whole forecast", "a"), Rows = 4 }.ToSvg());
        panels.Add(new BarPlot(axis,
            [.. kinds.Select(k => (Kind: k, Cpu: Times.Cpu[(int)k])).Select(work => new Bar(
                Name(work.Kind), [new("", work.Cpu, Palette.Of(work.Kind))], $"{Seconds(work.Cpu)} ({Share(work.Cpu, total)})"))])
        { Title = new("this run by kind of work", known ? "b" : "") }.ToSvg());

        return new(
            "Cost.",
            "CPU seconds by kind of work: micro solver (orange), latent propagation (blue), encoding (green), decoding (violet)"
            + (known ? $", against the micro solver alone{(MicroOnlySource.Length > 0 ? $" ({MicroOnlySource})" : "")}, grey" : "")
            + (known && total > 0 ? $". In CPU time the run is {NumberText.Cheaper(MicroOnlyCpuSeconds!.Value / total, "the micro solver alone")}." : "."),
            panels, known ? 2 : 1);
    }

    private static string Seconds(double value) => $"{NumberText.Significant(value, 3)} s";

    private static string Share(double part, double total) => total > 0 ? $"{NumberText.Significant(100 * part / total, 2)} %" : NumberText.None;

    private static string Name(Work work) => work switch
    {
        Work.Micro => "micro solver",
        Work.Latent => "propagate",
        Work.Encode => "encode",
        _ => "decode",
    };
}
