using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Host.Cluster;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Reproduction;
using LedCluster.Host.Service;
using LedCluster.Host.Studies;
using LedCluster.Host.Tuning;
using LedCluster.Report;
using LedCluster.Storage.Files;
using LedCluster.Tests;

namespace LedCluster.Host.Tests;

/// <summary>Readers of what users and other programs send: damaged input is refused by the documented error, or read.</summary>
public sealed class FuzzTests(Workplace place) : IClassFixture<Workplace>
{
    private static string Fhn => Path.Combine(Led.Root, "studies", "fhn");

    [Fact]
    public void Requests()
    {
        var submit = Palette.All.Single(verb => verb.Name == "submit");
        new Fuzz(
            [.. """{"study":"fhn","members":100,"tFinal":400,"tWarm":40.5,"mode":"latent","lift":"gradient","save":"fields" """u8,
                .. ""","seed":18446744073709551615,"model":"ae-gru"}"""u8],
            """{"study":"fhn","icArray":[[[0.1,0.2],[0,-1e-3]],[[0.1,0.2],[0,1]]],"members":1}"""u8.ToArray(),
            """{"study":"fhn","ic":"front.npy"}"""u8.ToArray())
        {
            Words = ["\"members\":1,", "\"icArray\":[],", "\"icArray\":[[[1]]],", "\"ic\":\"/etc/passwd\",", "\"dt\":0.1,", "\"seed\":-1,"],
        }.Try<UserError>(bytes =>
        {
            using var body = Parsed(() => StrictJson.Parse(bytes));
            var faults = new List<string>();
            var request = Submission.Request(new VerbCall(submit, new Dictionary<string, string>(), body.RootElement), place.Path, faults);
            if (faults.Count > 0)
                throw new UserError(string.Join("\n", faults));
            try
            {
                Assert.True(request.Source is null || request.Source(request.Members).Members > 0);
            }
            catch (UserError) // of another grid, or not there
            {
            }
        });
    }

    [Fact]
    public void Studies() => Files("study.json", directory => Study.Load(directory));

    [Fact]
    public void Studies_of_external_programs()
    {
        var directory = place.Fresh();
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "solver.py"), "print()\n");
        var path = Path.Combine(directory, "study.json");
        new Fuzz(
            [
                .. """{"name":"own","title":"A program","solver":{"command":["python3","solver.py"],"files":["solver.py"],"""u8,
                .. """ "startSeconds":60,"frameSeconds":1.5,"memoryMiB":512,"environment":{"A":"b"}},"""u8,
                .. """ "warmTime":1,"macroTime":4,"microTime":1,"finalTime":20,"lift":"equilibrium","parameters":{"mu":"1..5"}}"""u8,
            ])
        {
            Words = ["\"..\",", "\"./solver.py\",", "\"/etc/passwd\"", "/", "\"layout\":{},"],
        }.Try<UserError>(bytes =>
        {
            File.WriteAllBytes(path, bytes);
            Assert.NotNull(ExternalStudy.Identity(Study.Load(directory)) ?? throw new UserError("of this build"));
        });
    }

    [Fact]
    public void Searches() => Files("tuning.json", directory =>
    {
        foreach (var name in (string[])["lstm", "autoencoder"])
            Assert.All(SearchPlan.Load(At(directory), name).Plan.Random(3, 1), trial => Assert.NotEmpty(trial.Options));
    }, "[16, 32]", "\"seed\":1,", "\"vary\":{},");

    [Fact]
    public void Plans() => Files(
        "reproduce.json", directory => Assert.True(ReproductionPlan.Load(At(directory)).Figures.Values.Sum(figure => (long)figure.Cases) >= 0),
        "\"cost\"", "\"kind\":\"cost\",", "[\"gradient\"]");

    [Fact]
    public void Recipes() => Files("training.json", directory =>
        Recipe.Read(At(directory), "default", ["propagator.hidden=8"]), "\"kind\":\"gru\",", "\"rounds\":{},", "[0.1]");

    [Fact]
    public void Figures()
    {
        var directory = place.Fresh();
        new FigureResult(
            "title",
            "about",
            [new ReportTable("caption", [new("a"), new("b", "s", true)], [["text", 1.5], [2, ReportCell.None]]) { Note = "note" }],
            ["<svg/>"]).Write(directory, "2a");
        var path = Path.Combine(directory, "figure-2a.json");
        new Fuzz(File.ReadAllBytes(path)).Try<UserError>(bytes =>
        {
            File.WriteAllBytes(path, bytes);
            Assert.NotNull(FigureResult.Read(directory, "2a")!.Heading("2a"));
        });
    }

    [Fact]
    public void Metrics()
    {
        var path = place.Fresh(".json");
        var seconds = string.Join(",", new[] { "micro", "latent", "encode", "decode" }.Select(work => $"\"{work}\":{{\"wall\":1.5,\"cpu\":1}}"));
        new Fuzz(Encoding.UTF8.GetBytes(
            $"{{\"forecast\":{{\"members\":2,\"done\":2,\"failed\":0,\"seconds\":{{{seconds}}},"
            + "\"wallSeconds\":1,\"cpuSeconds\":2.5,\"resumed\":false},\"evaluation\":{\"members\":2}}"))
            .Try<UserError>(bytes =>
            {
                File.WriteAllBytes(path, bytes);
                _ = (int)MetricsFile.Parsed(path)["forecast"]!["done"]!;
            });
    }

    /// <summary>Each of them is unpacked into files and its model is built, which takes milliseconds; hence fewer.</summary>
    [Fact]
    public void Setups_of_runs()
    {
        var run = place.Fresh();
        Led.Json(
            "forecast", "fhn", "--members", "2", "--t-final", "10", "--t-warm", "4", "--t-macro", "2", "--t-micro", "1", "--model", place.Model,
            "--run", run);
        new Fuzz(SetupArchive.Pack(run)) { Share = 0.01 }.Try<FormatException>(bytes =>
        {
            try
            {
                Assert.NotNull(SetupArchive.Workers(bytes, "cpu", _ => { }));
            }
            catch (UserError)
            {
            }
        }, sizePerInput: 4 << 20);
    }

    /// <summary>A study of which one file is damaged.</summary>
    private void Files(string name, Action<string> read, params string[] words)
    {
        var directory = place.Fresh();
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.EnumerateFiles(Fhn, "*.json"))
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        var path = Path.Combine(directory, name);
        var compact = Encoding.UTF8.GetBytes(JsonNode.Parse(File.ReadAllText(path))!.ToJsonString());
        new Fuzz(File.ReadAllBytes(path), compact) { Words = words }.Try<UserError>(bytes =>
        {
            File.WriteAllBytes(path, bytes);
            read(directory);
        });
    }

    private static Study At(string directory) => Study.Load(directory);

    private static T Parsed<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (JsonException error) // which the service answers as a fault of the body
        {
            throw new UserError(error.Message);
        }
    }
}
