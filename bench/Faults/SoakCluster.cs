using LedCluster.Host.Tests;
using LedCluster.Storage.Npy;
using LedCluster.Tests;

/// <summary>A broker, three micro and two latent nodes and a coordinator, each process with a wire of its own to the broker.</summary>
internal sealed class SoakCluster : IDisposable
{
    /// <summary>Time after which a silent worker's legs are given to others, in seconds.</summary>
    public const double LegTimeout = 1;

    private const int Members = 24, Points = 101;

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-soak-").FullName;
    private readonly string conditions, model;
    private int rounds, earlierLateAnswers;
    private bool poisoned;

    private readonly double finalTime;

    /// <summary>Starts the broker.</summary>
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
            using var embedded = new LedProcess("the embedded run", null, Forecast(Reference));
            CheckEnd(embedded);
            var lost = RunCheck.Failures(Reference);
            if (!lost.Select(f => f.Member).SequenceEqual(with ? Poison : []))
                throw new SoakFailure($"the embedded run set aside {string.Join(", ", lost.Select(f => f.Member))}, expected {(with ? string.Join(", ", Poison) : "none")}");
        }
        for (var n = 0; n < 5; n++)
            Nodes.Add(Node(n < 3 ? "micro" : "latent"));
    }

    public TestBroker Broker { get; } = new("+sbwt none");

    /// <summary>The run of the same specification on the embedded engine.</summary>
    public string Reference => Path.Combine(place, poisoned ? "poisoned" : "reference");

    public List<LedProcess> Nodes { get; } = [];

    public LedProcess Coordinator { get; private set; } = null!;

    /// <summary>Directory of the current run.</summary>
    public string Run { get; private set; } = "";

    /// <summary>Answers of workers that came after another's was recorded, in all coordinators of the current run.</summary>
    public int LateAnswers => earlierLateAnswers + Late(Coordinator);

    /// <summary>Starts the run anew.</summary>
    /// <param name="withPoison">Whether some of its members cannot be brought to the end.</param>
    public void StartRun(bool withPoison)
    {
        poisoned = withPoison;
        (Run, earlierLateAnswers) = (Path.Combine(place, $"run-{++rounds}"), 0);
        Coordinator = new LedProcess("coordinator", new TcpProxy(Broker.Uri.Port), [.. Forecast(Run), .. Patience]);
    }

    /// <summary>Kills the coordinator and resumes its run.</summary>
    public void ResumeRun()
    {
        Coordinator.Kill();
        earlierLateAnswers += Late(Coordinator);
        Coordinator.Dispose();
        Coordinator = new LedProcess("coordinator", new TcpProxy(Broker.Uri.Port), ["resume", Run, "--cohort-size", "3", .. Patience]);
    }

    /// <summary>Kills a node and starts another.</summary>
    public void ReplaceNode(int index)
    {
        var role = Nodes[index].Role;
        Nodes[index].Dispose();
        Nodes[index] = Node(role);
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
        Broker.Dispose();
        Directory.Delete(place, recursive: true);
    }

    private static string[] Patience => ["--leg-timeout", $"{LegTimeout}"];

    private static int Late(LedProcess coordinator) => coordinator.Count("dropped a late answer");

    private void CheckEnd(LedProcess coordinator)
    {
        const int Done = 0, SomeFailed = 3;
        if (coordinator.Finish(TimeSpan.FromSeconds(180)) is var code && code != (poisoned ? SomeFailed : Done))
            throw new SoakFailure($"{coordinator.Role} ended with {code}, expected {(poisoned ? SomeFailed : Done)}. It said:\n{coordinator.Said(20)}");
    }

    private LedProcess Node(string role) => new(role, new TcpProxy(Broker.Uri.Port), "node", "--role", role, "--workers", "1");

    private string[] Forecast(string run) =>
    [
        "forecast", "fhn", "--ic", conditions, "--t-final", $"{finalTime}", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30",
        "--cohort-size", "2", "--workers", "2", "--run", run, .. poisoned ? (string[])["--model", model] : [],
    ];
}
