using LedCluster.Storage.Npy;

namespace LedCluster.Host.Tests;

/// <summary>A study whose micro solver is a program, from <c>led new</c> to an evaluated forecast.</summary>
public sealed class ExternalStudyTests(Workplace place) : IClassFixture<Workplace>
{
    private static readonly string[] Short =
        ["--members", "6", "--t-final", "3", "--t-warm", "0.5", "--t-macro", "0.4", "--t-micro", "0.2", "--cohort-size", "4"];

    private static readonly Lock Gate = new();
    private static string? model;

    [Fact]
    public void A_new_study_is_trained_forecast_and_evaluated()
    {
        var study = Trained();
        var run = place.Fresh();
        var forecast = Led.Json(["forecast", study, "--run", run, .. Short]);
        Assert.Equal((6, 0), ((int)forecast["members"]!["done"]!, (int)forecast["members"]!["failed"]!));
        Assert.True((double)forecast["seconds"]!["micro"]!["cpu"]! > 0.02, "The CPU time of the program does not count.");
        Assert.True(File.Exists(Path.Combine(run, "study", "solver.py")));
        Directory.Delete(study, recursive: true); // the run has its own copy
        var evaluation = Led.Json("evaluate", run);
        Assert.NotNull(evaluation["channels"]!["u"]);
        Assert.True((double)evaluation["speedUp"]!["microCpuSeconds"]! > 0.02, "The CPU time of the program does not count in the comparison.");
    }

    [Fact]
    public void A_new_study_in_C_is_built_checked_and_forecast()
    {
        var study = place.Fresh("-study");
        study = Path.Combine(Path.GetDirectoryName(study)!, "c" + Path.GetFileName(study));
        Led.Json("new", study, "--from", "c");
        Assert.Contains("names 'solver', which is not a file", Led.Run("check", study).Errors); // not built yet
        var made = Led.Shell($"make -C {study} CFLAGS='-O2 -std=c99 -Wall -Wextra -Werror'");
        Assert.True(made.Code == 0, made.Errors);
        Assert.Equal(0, Led.Run("check", study).Code);
        var (c, python) = (place.Fresh(".npy"), place.Fresh(".npy"));
        var start = place.Array([1, 2, 64], [.. Enumerable.Range(0, 128).Select(i => i < 64 ? 1 + 0.1 * Math.Cos(i * Math.PI / 63) : 3.0)]);
        Led.Json("simulate", study, "--ic", start, "--t-final", "2", "--out", c);
        Led.Json("simulate", New(), "--ic", start, "--t-final", "2", "--out", python);
        Assert.Equal(NpyFile.ReadDoubles(python).Data, NpyFile.ReadDoubles(c).Data, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void Diagnostics_of_a_program_reach_output_report_and_explain()
    {
        var study = Trained();
        var solver = Path.Combine(study, "solver.py");
        File.WriteAllText(solver, File.ReadAllText(solver).Replace("    def step(self, state, call):", """
                diagnostics = [Diagnostic("total", "sum of all")]

                def diagnose(self, fields, call):
                    return fields.sum(tuple(range(1, fields.ndim)))[:, None]

                def step(self, state, call):
            """).Replace("from led_simulator import ", "from led_simulator import Diagnostic, "));
        var run = place.Fresh();
        Led.Json(["forecast", study, "--run", run, .. Short]);
        using (var store = Storage.Forecasts.ForecastStore.Open(Path.Combine(run, "output.zarr")))
        {
            var (fields, total) = (new float[store.Frames * store.Layout.Size], new float[store.Frames]);
            store.ReadFields(4, 0, store.Frames, fields);
            store.ReadSeries(4, 0, store.Frames, total);
            Assert.Equal(fields.Chunk(store.Layout.Size).Select(frame => frame.Sum(x => (double)x)), total.Select(x => (double)x), (a, b) =>
                Math.Abs(a - b) < 1e-4 * Math.Abs(a));
        }
        Assert.NotNull(Led.Json("explain", run, "2")["legs"]![1]!["diagnostics"]!["total"]);
        var (page, again) = (File.ReadAllText(Path.Combine(run, "report.html")), place.Fresh());
        Assert.Contains("sum of all", page);
        Directory.Delete(study, recursive: true); // the run has all that it takes
        var command = System.Xml.Linq.XDocument.Parse(page).Descendants("code").Single().Value;
        var second = Led.Shell($"cd / && $LED {command[command.IndexOf("forecast ", StringComparison.Ordinal)..]} --run {again}");
        Assert.True(second.Code == 0, second.Errors);
        Workplace.AssertSameOutput(run, again);
        Assert.True((bool)Led.Json("verify", run)["sound"]!);
    }

    [Fact]
    public void Nodes_compute_the_same_bits_as_one_process_and_a_solver_that_is_killed_does_no_harm()
    {
        var study = Trained();
        var (one, nodes, disturbed) = (place.Fresh(), place.Fresh(), place.Fresh());
        Led.Json(["forecast", study, "--run", one, .. Short]);
        Led.Json(["forecast", study, "--run", nodes, "--nodes", "1", .. Short]);
        Workplace.AssertSameOutput(one, nodes);

        // The program ends itself by signal 9 at every thirteenth step; another one goes on.
        var solver = Path.Combine(study, "solver.py");
        File.WriteAllText(solver, File.ReadAllText(solver).Replace(
            "def step(self, state, call):",
            "def step(self, state, call):\n        import os; Brusselator.calls = getattr(Brusselator, 'calls', 0) + 1; "
            + "Brusselator.calls % 13 or os.kill(os.getpid(), 9)"));
        Led.Json(["forecast", study, "--run", disturbed, .. Short]);
        Workplace.AssertSameOutput(one, disturbed);
    }

    [Fact]
    public void A_node_runs_no_program_unless_it_was_told_so_and_the_coordinator_says_who_is_waited_for()
    {
        using var cluster = new Cluster();
        cluster.Node("micro,latent");
        cluster.WaitUntilJoined();
        var (study, run) = (Trained(), place.Fresh());
        var coordinator = Led.Start(["forecast", study, "--run", run, .. Short, .. cluster.Join]);
        Cluster.WaitUntil(coordinator, "cannot work for this run: the run has an external simulator");
        Cluster.WaitUntil(coordinator, "wait for a node with the role micro, but none works for this run");
        Assert.False(File.Exists(Path.Combine(run, "metrics.json")));
        cluster.Node("micro,latent", "--external-programs");
        var outcome = Led.Finish(coordinator, ["forecast"]);
        Assert.True(outcome.Code == 0, outcome.Errors);
    }

    [Fact]
    public void A_run_whose_solver_was_changed_is_refused()
    {
        var study = Trained();
        var run = place.Fresh();
        Led.Json(["forecast", study, "--run", run, .. Short]);
        File.AppendAllText(Path.Combine(run, "study", "solver.py"), "# changed");
        Assert.Contains("is not the one with which the run was started", Led.Run("evaluate", run).Errors);
    }

    [Fact]
    public void A_member_that_the_solver_fails_on_is_set_aside_with_its_reason()
    {
        var study = Trained();
        var (solver, run) = (Path.Combine(study, "solver.py"), place.Fresh());
        File.WriteAllText(solver, File.ReadAllText(solver).Replace(
            "def step(self, state, call):",
            "def step(self, state, call):\n        if 2 in call.members: raise RuntimeError('the mesh is tangled')"));
        var forecast = Led.Run(["forecast", study, "--run", run, "--json", .. Short]);
        Assert.Equal(ExitCode.SomeMembersFailed, forecast.Code);
        Assert.Contains("member 2 failed", forecast.Errors);
        Assert.Contains("RuntimeError: the mesh is tangled", forecast.Errors);
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("        return state\n", "        return state + 1e-9 * state.mean(0)\n", "alone and with other members")]
    [InlineData("        return state\n", "        self.drift = getattr(self, 'drift', 0) + 1e-9\n        return state + self.drift\n", "asked twice")]
    [InlineData("rng.normal(size=(2, 4))", "np.random.normal(size=(2, 4))", "initial conditions")]
    [InlineData("        return state\n", "        return state[:, :1]\n", "frames")]
    [InlineData("import numpy as np\n", "import numpy as np\nimport scipyy\n", "start")]
    public void A_check_says_what_is_wrong(string text, string instead, string? wrong)
    {
        var solver = Path.Combine(New(), "solver.py");
        if (text.Length > 0)
            File.WriteAllText(solver, File.ReadAllText(solver).Replace(text, instead).Replace("INNER_STEPS = 40", "INNER_STEPS = 20"));
        var check = Led.Run("check", Path.GetDirectoryName(solver)!, "--json");
        var report = System.Text.Json.Nodes.JsonNode.Parse(check.Output)!;
        Assert.Equal(wrong is null, (bool)report["good"]!);
        Assert.Equal(wrong is null ? 0 : 1, check.Code);
        Assert.Equal(wrong, report["findings"]!.AsArray().Where(f => (string)f!["state"]! == "wrong").Select(f => (string)f!["subject"]!).FirstOrDefault());
    }

    [Fact]
    public void Parameters_reach_the_solver()
    {
        var study = New();
        var (a, b) = (place.Fresh(".npy"), place.Fresh(".npy"));
        Led.Json("simulate", study, "--t-final", "1", "--out", a);
        Assert.Equal([1, 11, 2, 64], NpyFile.ReadDoubles(a).Shape);
        var solver = Path.Combine(study, "solver.py");
        File.WriteAllText(solver, File.ReadAllText(solver).Replace("Parameter(\"B\", 3.0", "Parameter(\"B\", 2.5"));
        Led.Json("simulate", study, "--t-final", "1", "--out", b);
        Assert.NotEqual(NpyFile.ReadDoubles(a).Data[200], NpyFile.ReadDoubles(b).Data[200]);
    }

    [Fact]
    public void A_model_is_trained_on_given_trajectories_without_any_solver()
    {
        var study = Directory.CreateDirectory(place.Fresh("-study")).FullName;
        File.WriteAllText(Path.Combine(study, "study.json"), """
            {
              "name": "spiral", "title": "data alone", "model": "default", "lift": "equilibrium",
              "layout": { "channels": [{ "name": "a" }, { "name": "b" }], "timeStep": 0.5 },
              "warmTime": 0, "macroTime": 10, "microTime": 0, "finalTime": 10
            }
            """);
        File.WriteAllText(Path.Combine(study, "training.json"), """
            {
              "default": {
                "about": "a linear propagator", "data": { "frames": 1 }, "channelMinimum": [-1, -1], "channelMaximum": [1, 1],
                "reduction": { "kind": "none", "latentSize": 2 }, "propagator": { "kind": "sindy", "degree": 1 }, "fit": { "threshold": 0 }
              }
            }
            """);
        const int members = 6, frames = 90;
        var values = new double[members * frames * 2];
        for (var m = 0; m < members; m++)
            for (var f = 0; f < frames; f++)
                (values[(m * frames + f) * 2], values[(m * frames + f) * 2 + 1]) = State(m, f);
        var array = place.Array([members, frames, 2], values);
        var trained = Led.Json("train", study, "--data", array, "--out", Path.Combine(study, "models", "default"));
        Assert.Contains($"--data {array}", (string)trained["command"]!);
        Assert.Equal(members, (int)trained["data"]!["members"]!);

        // On a plane without axes, an initial condition is [members, channels, 1].
        var (start, end) = (place.Array([2, 2, 1], [State(20, 0).A, State(20, 0).B, State(30, 0).A, State(30, 0).B]), place.Fresh(".npy"));
        Led.Json("forecast", study, "--ic", start, "--out", end, "--run", place.Fresh());
        var forecast = NpyFile.ReadDoubles(end).Data;
        Assert.Equal(State(20, 20).A, forecast[20 * 2], 0.01);
        Assert.Equal(State(30, 20).B, forecast[(21 + 20) * 2 + 1], 0.01);

        Assert.Contains("has no solver", Led.Run("simulate", study, "--ic", start, "--out", place.Fresh(".npy")).Errors);
        Assert.Contains("has no solver", Led.Run(
            "train", study, "--out", place.Fresh(), "--set", "data={\"members\":4,\"validationMembers\":1,\"frames\":80}").Errors);
        Assert.Contains("expected [members, frames, 2]", Led.Run("train", study, "--data", start, "--out", place.Fresh()).Errors);

        static (double A, double B) State(int member, int frame) =>
            (Math.Exp(-0.01 * frame) * Math.Cos(0.2 * frame + member), Math.Exp(-0.01 * frame) * Math.Sin(0.2 * frame + member));
    }

    [Fact]
    public void Trajectories_are_read_from_a_Zarr_group_of_xarray()
    {
        var (study, group) = (New(), place.Fresh(".zarr"));
        var script = place.Fresh(".py");
        File.WriteAllText(script, $$"""
            import numpy as np, xarray
            t, x = np.arange(80), np.linspace(0, 1, 64)
            wave = lambda phase: 1.5 + np.cos(0.1 * t[None, :, None] + x[None, None, :] + np.arange(4)[:, None, None] + phase)
            xarray.Dataset({name: (("member", "time", "x"), wave(phase)) for name, phase in (("u", 0), ("v", 1))}).to_zarr(
                "{{group}}", consolidated=True, encoding={name: {"compressor": None} for name in ("u", "v")})
            """);
        var made = Led.Shell($"/usr/bin/python3 {script}");
        Assert.True(made.Code == 0, made.Errors);
        var trained = Led.Json(
            "train", study, "--data", group, "--out", place.Fresh(), "--set", "reduction.latentSize=2", "--set", "propagator.degree=1", "--set",
            "data.skip=0");
        Assert.True((double)trained["figures"]!["reductionValidationMse"]! < 1e-6);
    }

    /// <summary>A new study whose program is Debian's Python, which has NumPy.</summary>
    private string New()
    {
        var study = place.Fresh("-study");
        study = Path.Combine(Path.GetDirectoryName(study)!, "s" + Path.GetFileName(study));
        Led.Json("new", study);
        var file = Path.Combine(study, "study.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"python3\"", "\"/usr/bin/python3\""));
        return study;
    }

    /// <summary>A new study with a model, trained once for all tests.</summary>
    private string Trained()
    {
        var study = New();
        lock (Gate)
            if (model is null)
            {
                var made = place.Fresh("-model");
                Led.Json("train", study, "--out", made, "--set", "data={\"members\":8,\"validationMembers\":2,\"frames\":80}", "--set", "propagator.degree=1");
                model = made;
            }
        var to = Directory.CreateDirectory(Path.Combine(study, "models", "default")).FullName;
        foreach (var file in Directory.GetFiles(model))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return study;
    }
}
