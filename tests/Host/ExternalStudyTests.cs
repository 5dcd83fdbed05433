using LedCluster.Storage.Npy;

namespace LedCluster.Host.Tests;

/// <summary>A study whose micro solver is a program, from <c>led new</c> to an evaluated forecast.</summary>
public sealed class ExternalStudyTests(Workplace place) : IClassFixture<Workplace>
{
    private static readonly string[] Short = ["--members", "6", "--t-final", "3", "--t-warm", "0.5", "--t-macro", "0.4", "--t-micro", "0.2", "--cohort-size", "4"];

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
        Assert.NotNull(Led.Json("evaluate", run)["channels"]);
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
        File.WriteAllText(solver, File.ReadAllText(solver).Replace("def step(self, state, call):", "def step(self, state, call):\n        import os; Brusselator.calls = getattr(Brusselator, 'calls', 0) + 1; Brusselator.calls % 13 or os.kill(os.getpid(), 9)"));
        Led.Json(["forecast", study, "--run", disturbed, .. Short]);
        Workplace.AssertSameOutput(one, disturbed);
    }

    [Fact]
    public void A_run_whose_solver_was_changed_is_refused()
    {
        var study = Trained();
        var run = place.Fresh();
        Led.Json(["forecast", study, "--run", run, .. Short]);
        File.AppendAllText(Path.Combine(run, "study", "solver.py"), "# changed");
        Assert.Contains("is not the one that the run was started with", Led.Run("evaluate", run).Errors);
    }

    [Fact]
    public void A_member_that_the_solver_fails_on_is_set_aside_with_its_reason()
    {
        var study = Trained();
        var (solver, run) = (Path.Combine(study, "solver.py"), place.Fresh());
        File.WriteAllText(solver, File.ReadAllText(solver).Replace("def step(self, state, call):", "def step(self, state, call):\n        if 2 in call.members: raise RuntimeError('the mesh is tangled')"));
        var forecast = Led.Run(["forecast", study, "--run", run, "--json", .. Short]);
        Assert.Equal(ExitCode.SomeMembersFailed, forecast.Code);
        Assert.Contains("member 2 failed", forecast.Errors);
        Assert.Contains("RuntimeError: the mesh is tangled", forecast.Errors);
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("        return state\n", "        return state + 1e-9 * state.mean(0)\n", "alone and in company")]
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
