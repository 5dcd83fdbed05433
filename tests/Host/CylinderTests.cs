using System.Globalization;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>Flow past a cylinder from training to figure, on 64 × 32 cells and without networks.</summary>
public sealed class CylinderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("led-cylinder-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Modes_with_a_linear_map_forecast_the_vortex_street_as_well_as_the_modes_allow()
    {
        var study = Directory.CreateDirectory(Path.Combine(root, "street")).FullName;
        File.WriteAllText(Path.Combine(study, "study.json"), """
            { "name": "street", "title": "a test", "system": "incompressible-cylinder-64", "model": "a", "warmTime": 6, "macroTime": 10, "microTime": 0, "finalTime": 16, "lift": "equilibrium" }
            """);
        File.WriteAllText(Path.Combine(study, "training.json"), """
            { "default": { "about": "a test", "data": { "members": 1, "validationMembers": 1, "frames": 130, "parameters": { "Re": "150", "start": "40" } },
              "channelMinimum": [-0.025, -0.1, -0.15, -25], "channelMaximum": [0.02, 0.3, 0.15, 25],
              "reduction": { "kind": "pca", "latentSize": 4 }, "propagator": { "kind": "sindy", "degree": 1, "discrete": true }, "fit": { "threshold": 0 } } }
            """);
        File.WriteAllText(Path.Combine(study, "reproduce.json"), """
            { "figures": { "5": { "kind": "cylinder-flow", "seed": 4, "members": 1, "warmTime": 6, "horizon": 10, "start": 40, "tableFrames": 60,
              "flows": [{ "model": "a", "reynolds": 150, "microTime": 1, "macroTimes": [2], "printedError": 0.5, "printedDrag": 0.25, "printedStrouhal": 0.125 }] } } }
            """);
        var trained = Led.Shell($"cd {root} && LEDCLUSTER_STUDIES={root} $LED train street --out street/models/a --json");
        Assert.True(trained.Code == 0, trained.Errors);
        var made = Led.Shell($"cd {root} && LEDCLUSTER_STUDIES={root} $LED reproduce street --json");
        Assert.True(made.Code == 0, made.Errors);
        var rows = JsonNode.Parse(made.Output)!["figures"]!["5"]![0]!["rows"]!.AsArray().ToDictionary(row => (string)row!["forecast"]!, row => row!);
        double Of(string forecast, string column) => Number((string)rows[forecast][column]!);
        Assert.Equal(1, Of("time mean", "MSE/variance"), 0.05);
        Assert.InRange(Of("Latent-LED", "MNAD"), Of("4 modes of the truth", "MNAD") * 0.99, Of("4 modes of the truth", "MNAD") * 1.2);
        Assert.InRange(Of("4 modes of the truth", "MNAD"), 0, 0.25 * Of("time mean", "MNAD"));
        Assert.InRange(Of("frame of another run, same phase", "MNAD"), 0, 0.02 * Of("time mean", "MNAD"));
        Assert.InRange(Of("truth restarted", "MNAD"), 0, 1e-7); // float32 of what is kept
        Assert.InRange(Of("Latent-LED", "phase error"), 0, 1);
        Assert.InRange(Of("Latent-LED", "St"), 0.15, 0.25);
        Assert.Equal(Of("Latent-LED", "St"), Of("truth restarted", "St"), 5e-4);
        Assert.InRange(Of("Multiscale-LED", "MNAD"), 0, 2 * Of("Latent-LED", "MNAD"));
        Assert.Equal(["0.5", "25", "0.125"], new[] { "MNAD, printed", "error of C_d, printed", "St, printed" }.Select(column => (string)rows["Latent-LED"][column]!));
    }

    /// <summary>A number as tables write it, 3.1×10⁻⁴.</summary>
    private static double Number(string text)
    {
        var plain = string.Concat(text.Replace("×10", "e", StringComparison.Ordinal).Select(c => c == '⁻' ? '-' : "⁰¹²³⁴⁵⁶⁷⁸⁹".IndexOf(c) is >= 0 and var digit ? (char)('0' + digit) : c));
        return double.Parse(plain, CultureInfo.InvariantCulture);
    }
}
