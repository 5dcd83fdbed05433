using System.Text.Json.Nodes;

namespace LedCluster.Host.Tests;

/// <summary>What cannot be used ends with exit code 2 and a message that says what was given and what to do.</summary>
public sealed class BadInputTests(Workplace place) : IClassFixture<Workplace>
{
    [Fact]
    public void Unknown_study_offers_the_nearest_name() =>
        Refused(Led.Run("simulate", "fhm", "--out", place.Fresh(".npy")), "no study 'fhm'", "Did you mean 'fhn'?");

    [Fact]
    public void Unknown_command_or_option_points_to_the_help()
    {
        Refused(Led.Run("forcast", "fhn"), "no command 'forcast'", "Did you mean 'forecast'?", "led --help");
        Refused(Led.Run("forecast", "fhn", "--membres", "3"), "no option '--membres'", "Did you mean '--members'?", "led forecast --help");
        const string Url = "http://127.0.0.1:1";
        Refused(
            Led.Run("remote", Url, "stauts", "x"), $"'led remote {Url}' has no command 'stauts'", "Did you mean 'status'?",
            $"see 'led remote {Url} --help'");
        Refused(Led.Run("remote", Url, "status", "--jsn"), "has no option '--jsn'", "Did you mean '--json'?", $"see 'led remote {Url} status --help'");
        Refused(Led.Run("remote", Url, "submit", "fhn", "--membres", "3"), "Did you mean '--members'?", $"see 'led remote {Url} submit --help'");
        Refused(Led.Run("remote", Url, "status"), $"'led remote {Url} status' needs RUN (Name of the run");
        Refused(Led.Run("remote", "status"), "'led remote URL status' needs URL (Address of a 'led serve'");
        Refused(Led.Run("resume", "--retry"), "no option '--retry'", "Did you mean '--retry-failed'?");
    }

    [Fact]
    public void A_directory_in_the_place_of_a_command_is_told_how_to_list_it_and_nothing_is_said_of_deleting()
    {
        var (folder, run) = (place.Fresh(), place.Fresh());
        Directory.CreateDirectory(folder);
        Assert.Equal(0, Forecast("--run", run).Code);
        Refused(Led.Run("runs", folder), $"'{folder}' is a directory", $"led runs --in {folder}");
        Refused(Led.Run("runs", run), "It is a run itself", $"led runs --in {place.Path}");
        Refused(Led.Run("runs", "--in", run), "It is a run itself", $"led runs --in {place.Path}");
        Assert.DoesNotContain("rm", Led.Run("runs", ".").Errors);
        Assert.Contains("contains no runs; give the directory of the runs", Led.Run("runs", "--in", folder).Output);
    }

    [Fact]
    public void All_faulty_times_are_reported_together() => Refused(
        Forecast("--t-final", "10.5", "--t-warm", "-1", "--dt", "0.3", "--cohort-size", "0"), "--t-final is 10.5",
        "--dt: The inner time step 0.3 does not divide", "--t-warm is -1", "multiple of the study's time step",
        "--cohort-size is 0; give 1 to 1024");

    [Fact]
    public void Initial_conditions_of_another_grid() => Refused(
        Forecast("--ic", place.Array([3, 2, 128], new double[3 * 2 * 128])), "[3, 2, 128]", "expected [members, 2, 101]",
        "Interpolate the initial conditions to 101 points");

    [Theory]
    [InlineData("2, 101", "single member: save array[None]")]
    [InlineData("4, 101, 2", "save array.transpose(0, 2, 1)")]
    [InlineData("2, 4, 101", "save array.transpose(1, 0, 2)")]
    [InlineData("4, 202", "save array.reshape(4, 2, 101)")]
    [InlineData("4, 3, 101", "It has 3 channels; give these 2")]
    [InlineData("0, 2, 101", "has no members")]
    public void The_remedy_follows_from_the_shape_that_was_given(string shape, string remedy)
    {
        var layout = Studies.StudyCatalog.Find("fhn").PhysicalSystem.Solver.Layout;
        Assert.Contains(remedy, Forecasts.ArrayShape.Fault([.. shape.Split(',').Select(long.Parse)], layout));
    }

    [Fact]
    public void Fields_of_a_plane_may_keep_its_axes()
    {
        var layout = Studies.StudyCatalog.Find("cells").PhysicalSystem.Solver.Layout;
        var axes = layout.Axes.Select(a => (long)a.Points);
        Assert.Null(Forecasts.ArrayShape.Fault([3, layout.Channels.Length, .. axes], layout));
        Assert.Null(Forecasts.ArrayShape.Fault([3, layout.Channels.Length, layout.Points], layout));
        Assert.Contains("array.transpose(0, 3, 1, 2)", Forecasts.ArrayShape.Fault([3, .. axes, layout.Channels.Length], layout));
    }

    [Fact]
    public void Options_that_can_do_nothing_are_refused()
    {
        Refused(Forecast("--mode", "latent", "--t-micro", "10"), "--mode latent has no micro legs", "--t-micro has no effect");
        Refused(Forecast("--mode", "latent", "--lift", "gradient"), "With --mode latent the micro solver never restarts", "--lift has no effect");
        Refused(Forecast("--t-macro", "0", "--lift", "gradient"), "With --t-macro 0 the micro solver never restarts", "--lift has no effect");
        Refused(Forecast("--mode", "latent", "--t-macro", "0"), "--t-macro 0 is the micro solver alone, and --t-micro 0 (or --mode latent) are latents alone");
        Refused(Forecast("--leg-timeout", "5"), "--leg-timeout is for a cluster", "--nodes or --join");
    }

    [Fact]
    public void An_output_that_does_not_fit_the_disk_is_refused_before_anything_is_written()
    {
        var run = place.Fresh();
        Refused(Led.Run("forecast", "fhn", "--members", "1000000", "--t-final", "200000", "--run", run), "take 163 TB", "Give fewer --members");
        Assert.False(Directory.Exists(run));
    }

    [Theory]
    [InlineData(10_000_000_001, true, false, true)]
    [InlineData(10_000_000_000, true, false, false)]
    [InlineData(10_000_000_001, true, true, false)]
    [InlineData(10_000_000_001, false, false, false)]
    public void A_person_is_asked_whether_much_output_is_meant(long bytes, bool isInteractive, bool agreed, bool isAsked) =>
        Assert.Equal(isAsked, Forecasts.RunSpace.Doubt(bytes, isInteractive, agreed) is not null);

    [Fact]
    public void At_a_terminal_much_output_is_refused_without_a_yes()
    {
        var (run, log) = (place.Fresh(), place.Fresh(".log"));
        var outcome = Led.Shell($"script -qec '$LED forecast fhn --members 10000 --t-final 2000 --ignore-free-space --run {run}' {log} >/dev/null");
        Assert.True(outcome.Code == 2, $"{outcome.Code}: {File.ReadAllText(log)}");
        Assert.Contains("The output takes 16.3 GB. Add --yes to write it", File.ReadAllText(log));
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void A_run_that_has_lost_its_spec_or_journal_says_what_is_left()
    {
        var run = place.Fresh();
        Led.Json("forecast", "fhn", "--members", "2", "--t-final", "30", "--t-warm", "20", "--model", place.Model, "--run", run);
        File.Delete(Path.Combine(run, "journal.ndjson"));
        Refused(Led.Run("resume", run), "cannot be resumed because its journal.ndjson is missing", $"led resume {run} --repair", "xarray.open_zarr");
        var listed = Led.Json("runs", "--in", place.Path)["runs"]!.AsArray().Single(r => (string)r!["run"]! == run)!;
        Assert.Equal(("finished", 2, 100.0), ((string)listed["state"]!, (int)listed["members"]!["done"]!, (double)listed["percent"]!));
        Assert.Contains("journal.ndjson is missing", Led.Run("verify", run).Errors + Led.Run("verify", run).Output);
        File.Delete(Path.Combine(run, "spec.json"));
        Refused(Led.Run("resume", run), "has no spec.json", "xarray.open_zarr");
    }


    [Fact]
    public void Initial_conditions_that_are_not_numbers_or_too_large()
    {
        Refused(Forecast("--ic", place.Uniform(0.5, double.NaN)), "member 1", "u[0] = NaN", "Remove or correct");
        Refused(Forecast("--ic", place.Uniform(0.5, 0.5, 11)), "member 2", "beyond the limit of ±10");
    }

    [Fact]
    public void Initial_conditions_that_are_missing_truncated_or_no_array()
    {
        Refused(Forecast("--ic", place["nothing.npy"]), "nothing.npy", "does not exist");
        var whole = File.ReadAllBytes(place.Uniform(0.5, 0.5));
        var (cut, head, text) = (place.Fresh(".npy"), place.Fresh(".npy"), place.Fresh(".npy"));
        File.WriteAllBytes(cut, whole[..^100]);
        File.WriteAllBytes(head, whole[..50]);
        File.WriteAllText(text, "0.1 0.2 0.3");
        Refused(Forecast("--ic", cut), "truncated", "Copy or save the file again");
        Refused(Forecast("--ic", head), "truncated", "Copy or save the file again");
        Refused(Forecast("--ic", text), "not a .npy file", "numpy.save");
        Refused(Forecast("--ic", place.Uniform(0.5), "--members", "2"), "--members is 2", "has only 1");
    }

    [Fact]
    public void Weights_that_are_missing_truncated_or_altered()
    {
        Refused(Forecast("--model", place["no-model"]), "no trained model", "led train");
        var (missing, cut, altered) = (place.Fresh(), place.Fresh(), place.Fresh());
        foreach (var directory in (string[])[missing, cut, altered])
            RandomModel.Save(directory);
        File.Delete(Path.Combine(missing, "weights.safetensors"));
        var weights = File.ReadAllBytes(Path.Combine(cut, "weights.safetensors"));
        File.WriteAllBytes(Path.Combine(cut, "weights.safetensors"), weights[..^64]);
        weights[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(altered, "weights.safetensors"), weights);
        Refused(Forecast("--model", "ae-gruu"), "no model 'ae-gruu'", "ae-lstm");
        Refused(Forecast("--model", missing), "missing", "Fetch or train");
        Refused(Forecast("--model", cut), "truncated", "Fetch or train");
        Refused(Forecast("--model", altered), "SHA-256", "Fetch or train");
    }

    [Fact]
    public void Directory_of_another_run_names_what_differs()
    {
        var run = place.Fresh();
        Assert.Equal(0, Forecast("--run", run).Code);
        Refused(Forecast("--run", run, "--seed", "2"), "seed is given as 2, stored as 2022", "Choose another directory");
        Refused(Led.Run("evaluate", run, "--members", "9"), "--members is 9; the run has 2");
        Refused(Led.Run("explain", run, "2"), "no member 2", "numbered 0 to 1");
        Refused(Forecast("--run", place.Path), "not a run directory", "empty or a new directory");
    }

    [Theory]
    [InlineData("version", "\"0.0.1\"", "version 0.0.1")]
    [InlineData("modelHash", "\"0000\"", "Restore it from a copy")]
    [InlineData("study", "\"fhm\"", "Did you mean 'fhn'?")]
    [InlineData("initialConditions", "\"sha256:00\"", "--ic names")]
    [InlineData("finalTime", "\"soon\"", "cannot be read")]
    [InlineData("unheardOf", "1", "cannot be read")]
    public void Spec_that_does_not_fit(string key, string value, string expected)
    {
        var run = place.Fresh();
        Assert.Equal(0, Forecast("--run", run).Code);
        var path = Path.Combine(run, "spec.json");
        var spec = JsonNode.Parse(File.ReadAllText(path))!;
        spec[key] = JsonNode.Parse(value);
        File.WriteAllText(path, spec.ToJsonString());
        Refused(Led.Run("resume", run), expected);
    }

    [Theory]
    [InlineData("spec.json", "\"members\"", "\"members\": 2, \"members\"", "Duplicate property 'members'")]
    [InlineData("model/model.json", "\"points\"", "\"points\": 101, \"points\"", "Duplicate property 'points'")]
    [InlineData("metrics.json", "\"done\"", "\"done\": 1, \"done\"", "Duplicate property 'done'")]
    [InlineData("metrics.json", "\"done\"", "\"finished\"", "'done'")]
    [InlineData("metrics.json", "\"micro\": {", "\"macro\": {", "The seconds of 'micro' are missing")]
    public void File_of_a_run_that_is_not_wholly_understood(string name, string old, string changed, string expected)
    {
        var run = place.Fresh();
        Assert.Equal(0, Forecast("--run", run).Code);
        var text = File.ReadAllText(Path.Combine(run, name));
        Assert.Contains(old, text);
        File.WriteAllText(Path.Combine(run, name), text.Replace(old, changed));
        Refused(Led.Run("resume", run), name.Split('/')[^1], expected);
    }

    [Fact]
    public void Directory_or_file_in_the_place_of_the_other()
    {
        var file = place.Uniform(0.5);
        Refused(Forecast("--ic", place.Path), "is a directory; a file is expected");
        Refused(Forecast("--model", file), "is a file; a model is a directory");
        Refused(Led.Run("resume", file), "not a run directory: it is a file");
        Refused(Led.Run("remote", "http://127.0.0.1:1", "list", "--token-file", place.Path), "is a directory; a file is expected");
    }

    [Fact]
    public void Study_that_is_not_wholly_understood()
    {
        var studies = place.Fresh();
        (string, string)[] files =
        [
            ("study.json", "studies"), ("training.json", "train fhn"), ("tuning.json", "tune fhn --grid"),
            ("reproduce.json", "reproduce fhn"),
        ];
        foreach (var (file, command) in files)
        {
            Directory.CreateDirectory(Path.Combine(studies, "fhn"));
            foreach (var given in Directory.EnumerateFiles(Path.Combine(Led.Root, "studies", "fhn"), "*.json"))
                File.Copy(given, Path.Combine(studies, "fhn", Path.GetFileName(given)), overwrite: true);
            var text = File.ReadAllText(Path.Combine(studies, "fhn", file));
            var key = text.Split('"')[1];
            File.WriteAllText(Path.Combine(studies, "fhn", file), $"{{\"{key}\": 1,{text.TrimStart()[1..]}");
            Refused(Led.Shell($"cd {place.Path} && LEDCLUSTER_STUDIES={studies} $LED {command}"), file, $"Duplicate property '{key}'");
        }
    }

    [Fact]
    public void Study_that_cannot_be_read_does_not_stop_another_one()
    {
        var studies = place.Fresh();
        foreach (var name in (string[])["fhn", "broken"])
            Directory.CreateDirectory(Path.Combine(studies, name));
        File.Copy(Path.Combine(Led.Root, "studies", "fhn", "study.json"), Path.Combine(studies, "fhn", "study.json"));
        File.WriteAllText(Path.Combine(studies, "broken", "study.json"), "{");
        var outcome = Led.Shell($"cd {place.Path} && LEDCLUSTER_STUDIES={studies} $LED simulate fhn --members 1 --t-final 1 --out {place["one.npy"]}");
        Assert.Equal((0, ""), (outcome.Code, outcome.Errors));
        Refused(Led.Shell($"cd {place.Path} && LEDCLUSTER_STUDIES={studies} $LED studies"), "broken");
    }

    [Fact]
    public void Run_that_is_none_or_not_finished()
    {
        Refused(Led.Run("resume", place["nowhere"]), "does not exist", "for example runs/fhn");
        Refused(Led.Run("explain", place["nowhere"], "0"), "does not exist");
        var run = place.Fresh();
        Assert.Equal(0, Forecast("--run", run).Code);
        File.Delete(Path.Combine(run, "metrics.json"));
        Refused(Led.Run("evaluate", run), "not finished", $"led resume {run}");
    }

    private Led.Outcome Forecast(params string[] arguments)
    {
        string[] defaults = [
            "--members", "2", "--t-final", "10", "--t-warm", "4", "--t-macro", "2", "--t-micro", "1", "--model", place.Model, "--run",
            place.Fresh()];
        var given = arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal)).Append(arguments.Contains("--ic") ? "--members" : "").ToHashSet();
        return Led.Run(["forecast", "fhn", .. arguments, .. defaults.Chunk(2).Where(pair => !given.Contains(pair[0])).SelectMany(pair => pair)]);
    }

    private static void Refused(Led.Outcome outcome, params string[] parts)
    {
        Assert.True(outcome.Code == 2, $"exit code {outcome.Code}: {outcome.Errors}");
        Assert.Equal("", outcome.Output);
        foreach (var part in parts)
            Assert.Contains(part, outcome.Errors);
        Assert.All(outcome.Errors.TrimEnd().Split('\n'), line => Assert.StartsWith("led: ", line));
    }
}
