using LedCluster.Domain.Npy;
using LedCluster.Host.Tests;
using LedCluster.Storage.Npy;

/// <summary>A contact, three micro and two latent nodes, a host of trajectories and a coordinator, each a process.</summary>
internal sealed class SoakCluster : IDisposable
{
    /// <summary>Time after which a silent worker's legs are given to others, in seconds.</summary>
    public const double LegTimeout = 1;

    private const string Contact = "127.0.0.1:7116";
    private const int Members = 24, Points = 101;

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-soak-").FullName;
    private readonly string conditions, model;
    private LedProcess? contact;
    private int rounds;
    private bool poisoned;

    private readonly double finalTime;

    /// <summary>Writes the initial conditions and the models.</summary>
    /// <param name="finalTime">Final time of the runs, which says how long they take.</param>
    public SoakCluster(double finalTime)
    {
        this.finalTime = finalTime;
        (conditions, model) = (Path.Combine(place, "start.npy"), Path.Combine(place, "exploding"));
        RandomModel.SaveExploding(model);
        using var file = NpyWriter.Create(conditions, [Members, 2, Points], NpyType.Float64);
        for (var m = 0; m < Members; m++)
        {
            file.Append(Enumerable.Repeat(Poison.Contains(m) ? 0.8 : -1 + 0.7 * m / Members, Points).ToArray());
            file.Append(new double[Points]);
        }
        file.Complete();
    }

    /// <summary>Members that a poisoned run cannot bring to its end: its model lifts what is positive to where the solver diverges.</summary>
    public static IReadOnlyList<int> Poison { get; } = [5, 13, 20];

    /// <summary>Runs the references and starts the nodes.</summary>
    public void Start()
    {
        foreach (var with in (bool[])[false, true])
        {
            poisoned = with;
            using var reference = new LedProcess("the run in a single process", Forecast(Reference));
            CheckEnd(reference);
            var lost = RunCheck.Failures(Reference);
            if (!lost.Select(f => f.Member).SequenceEqual(with ? Poison : []))
                throw new SoakFailure($"the run in a single process set aside {string.Join(", ", lost.Select(f => f.Member))}, expected {(with ? string.Join(", ", Poison) : "none")}");
        }
        RestartContact();
        foreach (var role in (string[])["micro", "micro", "micro", "latent", "latent", "coordinator"])
            Nodes.Add(Node(role));
    }

    /// <summary>The run of the same specification in a single process.</summary>
    public string Reference => Path.Combine(place, poisoned ? "poisoned" : "reference");

    public List<LedProcess> Nodes { get; } = [];

    public LedProcess Coordinator { get; private set; } = null!;

    /// <summary>Directory of the current run.</summary>
    public string Run { get; private set; } = "";

    /// <summary>Starts the run anew.</summary>
    /// <param name="withPoison">Whether some of its members cannot be brought to the end.</param>
    public void StartRun(bool withPoison)
    {
        poisoned = withPoison;
        Run = Path.Combine(place, $"run-{++rounds}");
        Coordinator = new LedProcess("coordinator", [.. Forecast(Run), .. Patience]);
    }

    /// <summary>Kills the coordinator and resumes its run.</summary>
    public void ResumeRun()
    {
        Coordinator.Kill();
        Coordinator.Dispose();
        Coordinator = new LedProcess("coordinator", ["resume", Run, "--cohort-size", "3", .. Patience]);
    }

    /// <summary>Kills a node and starts another.</summary>
    public void ReplaceNode(int index) => ReplaceNodes([index]);

    /// <summary>Kills nodes at once and starts others.</summary>
    public void ReplaceNodes(int[] indices)
    {
        foreach (var index in indices)
            Nodes[index].Kill();
        foreach (var index in indices)
        {
            var role = Nodes[index].Role;
            Nodes[index].Dispose();
            Nodes[index] = Node(role);
        }
    }

    /// <summary>Kills the contact, if it is there, and starts it on the same port.</summary>
    public void RestartContact()
    {
        contact?.Dispose();
        contact = new LedProcess("contact", "node", "--role", "coordinator", "--port", Contact.Split(':')[1]);
    }

    /// <summary>Waits for the run's end, checks what it left behind, and removes it.</summary>
    public void FinishRun()
    {
        CheckEnd(Coordinator);
        Coordinator.Dispose();
        CheckNodes();
        RunCheck.Same(Reference, Run);
        RunCheck.SameLegsOnce(Reference, Run);
        Directory.Delete(Run, recursive: true);
    }

    /// <summary>No node ends by itself.</summary>
    public void CheckNodes()
    {
        foreach (var node in Nodes)
            if (node.HasExited)
                throw new SoakFailure($"a {node.Role} node ended by itself. It said:\n{node.Said(20)}");
    }

    public void Dispose()
    {
        foreach (var node in Nodes)
            node.Dispose();
        Coordinator?.Dispose();
        contact?.Dispose();
        Directory.Delete(place, recursive: true);
    }

    private static string[] Patience => ["--leg-timeout", $"{LegTimeout}", "--join", Contact];

    private void CheckEnd(LedProcess coordinator)
    {
        const int Done = 0, SomeFailed = 3;
        if (coordinator.Finish(TimeSpan.FromSeconds(180)) is var code && code != (poisoned ? SomeFailed : Done))
            throw new SoakFailure($"{coordinator.Role} ended with {code}, expected {(poisoned ? SomeFailed : Done)}. It said:\n{coordinator.Said(20)}");
    }

    private LedProcess Node(string role) => new(role, "node", "--role", role, "--workers", "1", "--join", Contact);

    private string[] Forecast(string run) =>
    [
        "forecast", "fhn", "--ic", conditions, "--t-final", $"{finalTime}", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30",
        "--cohort-size", "2", "--workers", "2", "--run", run, .. poisoned ? (string[])["--model", model] : [],
    ];
}
