using System.Globalization;
using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>Figures of stochastic systems, made small, with the committed models.</summary>
public sealed class LawFigureTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("led-laws-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Particles_are_compared_for_each_model_at_the_diffusion_of_its_training()
    {
        const string Times = "\"seed\": 1000, \"members\": 1, \"warmTime\": 20, \"horizon\": 60, \"microTime\": 5, \"macroTimes\": [20], \"compared\": 20";
        var figures = Reproduce("particles", $$"""
            { "figures": {
                "4": { "kind": "particle-laws", {{Times}}, "particles": [1000] },
                "ensemble": { "kind": "particle-laws", {{Times}}, "particles": [1000], "exactTruth": true },
                "5": { "kind": "particle-models", {{Times}}, "models": ["default"] } } }
            """);
        string[] forecasts = ["Latent-LED", "T_m = 20, ρ = 4"];
        var laws = Rows(figures["4"]!, 0);
        Assert.Equal(
            [.. forecasts, "training frame of the same phase", "another realisation", "time-averaged distribution", "exact distribution"],
            laws.Select(row => (string)row["what"]!));
        var model = Assert.Single(Rows(figures["5"]!, 0));
        Assert.Equal(("0.1", "20.1", "8", "logit"), ((string)model["D"]!, (string)model["Pe"]!, (string)model["d_z"]!, (string)model["variable"]!));
        Assert.InRange(Number(model["bound"]!) - Number(model["log-likelihood"]!), 0, 0.15); // criterion 6
        var distances = Assert.Single(Rows(figures["5"]!, 1));
        foreach (var row in laws.Where(row => distances.ContainsKey((string)row["what"]!)))
            Assert.Equal((string)row["W₁"]!, (string)distances[(string)row["what"]!]!); // the same members, at the same D
        var exact = Rows(figures["ensemble"]!, 0);
        Assert.Equal(laws.Select(row => (string)row["what"]!).SkipLast(1), exact.Select(row => (string)row["what"]!));
        Assert.Single(figures["ensemble"]!.AsArray()); // the micro solver did not run, so that there is no table of speed-ups
        foreach (var row in exact.Index()) // samples of the law that the micro solver has
            Assert.InRange(Number(row.Item["W₁"]!) / Number(laws[row.Index]["W₁"]!), 0.8, 1.25);
    }

    [Fact]
    public void The_error_of_a_stationary_density_is_told_apart_by_basins()
    {
        var tables = Reproduce("mueller-brown", """
            { "figures": { "basins": { "kind": "metastable", "seed": 1000, "members": 2, "frames": 2000, "warm": 20, "radius": 0.3, "bins": 20,
              "chainCells": 10, "box": [-1.6, 1.3, -0.5, 2.2] } } }
            """)["basins"]!;
        foreach (var row in Rows(tables, 0))
        {
            var shares = Number(row["deepest"]!) + Number(row["right"]!) + Number(row["middle"]!);
            Assert.Equal(100, shares, 0.2);
            if ((string)row["what"]! is not "exact")
                Assert.InRange(Number(row["L1"]!), Number(row["of shares"]!), 1.02 * (Number(row["of shares"]!) + Number(row["within basins"]!)));
        }
        Assert.Equal(6, Rows(tables, 1).Length);
    }

    private JsonNode Reproduce(string study, string figures)
    {
        var directory = Path.Combine(root, "studies", study);
        Directory.CreateDirectory(Path.Combine(directory, "models", "default"));
        foreach (var file in (string[])["study.json", "training.json", "models/default/model.json", "models/default/weights.safetensors"])
            File.Copy(Path.Combine(Led.Root, "studies", study, file), Path.Combine(directory, file));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "models", "default", "model.json")))!;
        if (study == "mueller-brown")
            manifest["training"]!["recipe"]!["data"]!["members"] = 16; // the figure simulates the training data again, for its Markov chain
        File.WriteAllText(Path.Combine(directory, "models", "default", "model.json"), manifest.ToJsonString());
        File.WriteAllText(Path.Combine(directory, "reproduce.json"), figures);
        var outcome = Led.Shell($"LEDCLUSTER_STUDIES={root}/studies $LED reproduce {study} --workers 1 --out {root}/out --json");
        Assert.True(outcome.Code == 0, outcome.Errors);
        return JsonNode.Parse(outcome.Output)!["figures"]!;
    }

    private static JsonObject[] Rows(JsonNode tables, int table) => [.. tables[table]!["rows"]!.AsArray().Select(row => row!.AsObject())];

    private static double Number(JsonNode cell) =>
        double.Parse(((string)cell!).Replace("×10⁻", "e-").Replace('⁴', '4').Replace('³', '3'), CultureInfo.InvariantCulture);
}
