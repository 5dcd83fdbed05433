using System.Text.Json;
using LedCluster.Report;
using LedCluster.Storage.Files;

namespace LedCluster.Host.Reproduction;

/// <summary>A figure as measured; kept as a file, so that figures can be made one at a time.</summary>
/// <param name="Title">Heading.</param>
/// <param name="About">What was measured and how.</param>
/// <param name="Tables">The numbers.</param>
/// <param name="Plots">The plots, SVG.</param>
internal sealed record FigureResult(string Title, string About, ReportTable[] Tables, string[] Plots)
{
    private static readonly JsonSerializerOptions Format = StrictJson.Options();

    /// <summary>The figure made last, if there is one.</summary>
    /// <exception cref="UserError">It cannot be read.</exception>
    public static FigureResult? Read(string directory, string name)
    {
        var path = PathOf(directory, name);
        try
        {
            return File.Exists(path) ? StrictJson.ReadFile<FigureResult>(path, Format) : null;
        }
        catch (JsonException error)
        {
            throw new UserError($"Cannot read the figure '{path}': {error.Message} Delete it and reproduce the figure again.");
        }
    }

    /// <summary>Keeps the figure.</summary>
    public void Write(string directory, string name)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(PathOf(directory, name), JsonSerializer.Serialize(this, Format) + "\n");
    }

    /// <summary>As a section of a page.</summary>
    public ReportSection Section(string name) => new(Heading(name), About)
    {
        Tables = Tables,
        Figures = Plots.Length == 0 ? [] : [new ReportFigure($"{Title}.", "", Plots)],
    };

    /// <summary>The figure's heading: its number, when it has one, and its title.</summary>
    public string Heading(string name) => char.IsDigit(name[0]) ? $"Figure {name}: {Title}" : Title;

    private static string PathOf(string directory, string name) => Path.Combine(directory, $"figure-{name}.json");
}
