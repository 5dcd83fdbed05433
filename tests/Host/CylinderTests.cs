using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LedCluster.Host.Tests;

/// <summary>Flow past a cylinder from training to figures, on 64 × 32 cells and without networks.</summary>
public sealed partial class CylinderTests(CylinderTests.Street street) : IClassFixture<CylinderTests.Street>
{
    /// <summary>A study with a model, and its figures.</summary>
    public sealed class Street : IDisposable
    {
        private readonly string root = Directory.CreateTempSubdirectory("led-cylinder-").FullName;

        public Street()
        {
            var study = Directory.CreateDirectory(Path.Combine(root, "street")).FullName;
            File.WriteAllText(Path.Combine(study, "study.json"), """
                { "name": "street", "title": "a test", "system": "incompressible-cylinder-64", "model": "a", "warmTime": 6, "macroTime": 10,
                  "microTime": 0, "finalTime": 16, "lift": "equilibrium" }
                """);
            File.WriteAllText(Path.Combine(study, "training.json"), """
                { "default": { "about": "a test", "data": { "members": 1, "validationMembers": 1, "frames": 130, "parameters": { "Re": "150", "start": "40" } },
                  "channelMinimum": [-0.025, -0.1, -0.15, -25], "channelMaximum": [0.02, 0.3, 0.15, 25],
                  "reduction": { "kind": "pca", "latentSize": 4 }, "propagator": { "kind": "sindy", "degree": 1, "discrete": true },
                    "fit": { "threshold": 0 } } }
                """);
            File.WriteAllText(Path.Combine(study, "reproduce.json"), """
                { "figures": {
                  "5": { "kind": "cylinder-flow", "seed": 4, "members": 1, "warmTime": 6, "horizon": 10, "start": 40, "tableFrames": 60,
                    "flows": [{ "model": "a", "fitted": { "variant": "default", "latentSizes": [4] }, "reynolds": 150, "microTime": 1,
                      "macroTimes": [2], "printedError": 0.5, "printedDrag": 0.25, "printedStrouhal": 0.125,
                      "modes": { "variant": "default", "latentSizes": [8] } }] },
                  "reynolds": { "kind": "cylinder-reynolds", "seed": 4, "members": 1, "warmTime": 6, "horizon": 10, "start": 40, "tableFrames": 60,
                    "reynolds": [155], "trained": [140, 160], "models": ["a"] },
                  "models": { "kind": "cylinder-models", "seed": 4, "members": 1, "warmTime": 6, "horizon": 10, "start": 40, "tableFrames": 60,
                    "reynolds": 150, "fitted": [{ "variant": "default", "latentSizes": [2] }], "models": ["a"] },
                  "start": { "kind": "cylinder-start", "seed": 4, "members": 2, "warmTime": 6, "horizon": 40, "reynolds": 150, "share": 0.9,
                    "others": 2, "models": ["a"] } } }
                """);
            var trained = Led.Shell($"cd {root} && LEDCLUSTER_STUDIES={root} $LED train street --out street/models/a --json");
            Assert.True(trained.Code == 0, trained.Errors);
            var made = Led.Shell($"cd {root} && LEDCLUSTER_STUDIES={root} $LED reproduce street --json");
            Assert.True(made.Code == 0, made.Errors);
            Figures = JsonNode.Parse(made.Output)!["figures"]!;
            Page = File.ReadAllText(Path.Combine(root, (string)JsonNode.Parse(made.Output)!["page"]!));
        }

        public JsonNode Figures { get; }

        public string Page { get; }

        /// <summary>Rows of a figure's table by one of its columns.</summary>
        public Dictionary<string, JsonNode> Rows(string figure, int table, string column) =>
            Figures[figure]![table]!["rows"]!.AsArray().ToDictionary(row => (string)row![column]!, row => row!);

        public void Dispose() => Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Modes_with_a_linear_map_forecast_the_vortex_street_as_well_as_the_modes_allow()
    {
        var rows = street.Rows("5", 0, "forecast");
        double Of(string forecast, string column) => Number((string)rows[forecast][column]!);
        Assert.Equal(1, Of("time mean", "MSE/variance"), 0.05);
        Assert.InRange(Of("Latent-LED", "MNAD"), Of("truth encoded and decoded", "MNAD") * 0.99, Of("truth encoded and decoded", "MNAD") * 1.2);
        Assert.InRange(Of("truth encoded and decoded", "MNAD"), 0, 0.25 * Of("time mean", "MNAD"));
        Assert.InRange(Of("frame of another run, same phase", "MNAD"), 0, 0.02 * Of("time mean", "MNAD"));
        Assert.InRange(Of("truth restarted", "MNAD"), 0, 1e-7); // float32 of what is kept
        Assert.InRange(Of("Latent-LED", "phase error"), 0, 1);
        Assert.InRange(Of("Latent-LED", "St"), 0.15, 0.25);
        Assert.Equal(Of("Latent-LED", "St"), Of("truth restarted", "St"), 5e-4);
        Assert.InRange(Of("Multiscale-LED", "MNAD"), 0, 2 * Of("Latent-LED", "MNAD"));
        string[] printed = ["MNAD, printed", "error of C_d, printed", "St, printed"];
        Assert.Equal(["0.5", "25", "0.125"], printed.Select(column => (string)rows["Latent-LED"][column]!));
        var moving = Pictures().Matches(street.Page).Count(p => Convert.FromBase64String(p.Groups[1].Value).AsSpan().IndexOf("acTL"u8) > 0);
        Assert.Equal(3, moving); // truth, forecast, error
    }

    [Fact]
    public void More_modes_err_less_and_so_does_the_solver_that_goes_on_from_them()
    {
        var rows = street.Rows("models", 0, "model");
        double Of(string model, string column) => Number((string)rows[model][column]!);
        Assert.InRange(Of("a", "MNAD, encoded and decoded"), 0, 0.8 * Of("default, d_z = 2", "MNAD, encoded and decoded"));
        Assert.Equal(Number((string)street.Rows("5", 0, "forecast")["Latent-LED"]["MNAD"]!), Of("a", "MNAD of the forecast"), 1e-5);
        Assert.InRange(
            Of("default, d_z = 2", "MNAD of the forecast"), Of("default, d_z = 2", "MNAD, encoded and decoded") * 0.99,
            Of("time mean", "MNAD of the forecast"));
        Assert.Equal(["4", "PCA 4"], new[] { "d_z", "reduction" }.Select(column => (string)rows["a"][column]!));
        Assert.True(Of("a", "training, CPU") > 0);

        var restarts = street.Rows("5", 1, "time");
        Assert.Equal(["0", "0.2", "0.4", "0.8", "1.6", "3.2", "6.4", "10"], restarts.Keys);
        Assert.All(restarts.Values, row => Assert.InRange(Number((string)row["8 modes"]!), 0, 0.9 * Number((string)row["PCA 4 ('a')"]!)));
    }

    [Fact]
    public void Other_Reynolds_numbers_lie_between_their_neighbours_and_starts_saturate_as_similar_ones_do()
    {
        var rows = street.Rows("reynolds", 0, "forecast");
        double Of(string forecast, string column) => Number((string)rows[forecast][column]!);
        Assert.InRange(Of("micro solver", "St"), 0.15, 0.25);
        Assert.InRange(Math.Abs(Of("between both neighbours", "error of St")), 0, 0.1);
        Assert.InRange(Math.Abs(Of("run at Re 160", "error of St")), 0.1, 2);
        Assert.InRange(Math.Abs(Of("between both neighbours", "error of C_d")), 0, 0.1);
        Assert.InRange(Of("between both neighbours", "MNAD"), 0, Of("run at Re 160", "MNAD"));
        Assert.InRange(Of("modes of 'a', no forecast", "MNAD"), 0, Of("a", "MNAD"));

        var starts = street.Figures["start"]![0]!["rows"]!.AsArray();
        Assert.Equal(2, starts.Count);
        Assert.All(starts, row => Assert.InRange(Number((string)row!["micro solver"]!), 6, 46));
        var similar = street.Figures["start"]![1]!["rows"]!.AsArray().Single(row => (string)row!["forecast"]! == "most similar other start")!;
        Assert.Equal(Of("micro solver", "St"), Number((string)similar["St"]!), 0.01);
    }

    [GeneratedRegex("data:image/png;base64,([A-Za-z0-9+/=]+)")]
    private static partial Regex Pictures();

    /// <summary>A number as tables write it, 3.1×10⁻⁴ or 10⁻⁴.</summary>
    private static double Number(string text)
    {
        var plain = string.Concat(
            (text.StartsWith("10⁻", StringComparison.Ordinal) ? $"1e{text[2..]}" : text).Replace("×10", "e", StringComparison.Ordinal).Select(
                c => c is '⁻' or '−' ? '-' : "⁰¹²³⁴⁵⁶⁷⁸⁹".IndexOf(c) is >= 0 and var digit ? (char)('0' + digit) : c));
        return double.Parse(plain, CultureInfo.InvariantCulture);
    }
}
