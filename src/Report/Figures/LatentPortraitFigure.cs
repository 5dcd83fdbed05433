using LedCluster.Domain.Cycle;
using LedCluster.Report.Colours;
using LedCluster.Report.Plots;

namespace LedCluster.Report.Figures;

/// <summary>Latent paths of one or several members, coloured by phase, before a reference in grey. Latents are dimensionless.</summary>
/// <param name="Members">The members' paths; four to a figure still read well.</param>
public sealed record LatentPortraitFigure(IReadOnlyList<LatentPath> Members)
{
    /// <summary>Training data or attractor, in grey; empty for none.</summary>
    public IReadOnlyList<LatentPath> Reference { get; init; } = [];

    /// <summary>What the reference is, for the legend.</summary>
    public string ReferenceName { get; init; } = "training data";

    /// <summary>Label of the two axes. Default z₁ and z₂.</summary>
    public (string First, string Second) Symbols { get; init; } = ("z₁", "z₂");

    internal ReportFigure Draw()
    {
        var series = Reference.Select((path, i) => new ScatterSeries(i == 0 ? ReferenceName : "", path.First, path.Second)
        {
            Colour = Palette.Reference,
            Width = 1.6,
        }).ToList();
        foreach (var phase in (Phase[])[Phase.Warmup, Phase.Macro, Phase.Micro])
            series.AddRange(Members.Where(m => m.Phases.Contains(phase)).Select((m, i) => Part(m, phase, i == 0)));
        series.AddRange(Members.Where(m => m.Phases.Count == 0).Select((m, i) => new ScatterSeries(m.Name, m.First, m.Second) { Colour = Palette.Series(i) }));
        series.AddRange(Members.Select((m, i) => Ends(m, i == 0)));

        var plot = new ScatterPlot(new("latent", Symbols.First), new("latent", Symbols.Second), series);
        var names = Members.Count <= 8 ? Units.List([.. Members.Select(m => m.Name)]) : $"{Members.Count} members";
        return new(
            "Latent portrait.",
            $"Path of {names} in the plane of the first two latents, coloured by who advanced the member (the micro solver in warm-up and micro "
            + "legs, the latent propagator in macro legs); a dot marks the start."
            + (Reference.Count > 0 ? $" Grey, {ReferenceName}." : "")
            + $" {Symbols.First} and {Symbols.Second} are dimensionless.",
            [plot.ToSvg()], 1);
    }

    private static ScatterSeries Part(LatentPath path, Phase phase, bool named)
    {
        Expect.Equal(path.Phases.Count, path.First.Count, $"phases of '{path.Name}'", "latent states");
        Expect.Equal(path.Second.Count, path.First.Count, $"values z₂ of '{path.Name}'", "values z₁");
        var (x, y) = (new List<double>(), new List<double>());
        for (var i = 0; i < path.First.Count; i++)
        {
            if (path.Phases[i] != phase)
                continue;
            if (i > 0 && path.Phases[i - 1] != phase) // join the leg before
            {
                x.AddRange([double.NaN, path.First[i - 1]]);
                y.AddRange([double.NaN, path.Second[i - 1]]);
            }
            x.Add(path.First[i]);
            y.Add(path.Second[i]);
        }
        return new(named ? Palette.Name(phase) : "", x, y) { Colour = Palette.Of(phase), Width = phase == Phase.Macro ? 1.2 : 1.8 };
    }

    private static ScatterSeries Ends(LatentPath path, bool named) =>
        new(named ? "start" : "", [.. path.First.Take(1)], [.. path.Second.Take(1)]) { Colour = Palette.Ink, DotRadius = 3.5 };
}

/// <summary>A path in the plane of the first two latents.</summary>
/// <param name="Name">What it is, for example <c>member 3</c>.</param>
/// <param name="First">z₁ at each frame, [F].</param>
/// <param name="Second">z₂ at each frame, [F].</param>
public sealed record LatentPath(string Name, IReadOnlyList<double> First, IReadOnlyList<double> Second)
{
    /// <summary>Phase of each frame [F], for its colour; empty for a path without phases.</summary>
    public IReadOnlyList<Phase> Phases { get; init; } = [];
}
