using System.Xml.Linq;

namespace LedCluster.Host.Tests;

/// <summary>References between projects run one way.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Domain"] = [],
        ["Solvers"] = ["Domain"],
        ["Models"] = ["Domain"],
        ["Actors"] = ["Domain"],
        ["Metrics"] = ["Domain"],
        ["Storage"] = ["Domain"],
        ["Report"] = ["Domain", "Metrics"],
        ["Host"] = ["Actors", "Domain", "Metrics", "Models", "Report", "Solvers", "Storage"],
    };

    [Fact]
    public void Projects_reference_only_the_projects_that_they_may()
    {
        var projects = Directory.GetFiles(Path.Combine(Led.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(Allowed.Keys.Order(), projects.Select(Name).Order());
        foreach (var project in projects)
        {
            var known = XDocument.Load(project).Descendants("ProjectReference").Select(r => Name(r.Attribute("Include")!.Value)).ToArray();
            Assert.True(
                known.Except(Allowed[Name(project)]).ToArray() is { Length: 0 } forbidden,
                $"{Name(project)} may not reference {string.Join(", ", known.Except(Allowed[Name(project)]))}");
        }
    }

    [Fact]
    public void Domain_has_no_packages() =>
        Assert.Empty(XDocument.Load(Path.Combine(Led.Root, "src", "Domain", "LedCluster.Domain.csproj")).Descendants("PackageReference"));

    /// <summary>Solvers from LedCluster.Solvers.csproj.</summary>
    private static string Name(string path) => Path.GetFileNameWithoutExtension(path)["LedCluster.".Length..];
}
