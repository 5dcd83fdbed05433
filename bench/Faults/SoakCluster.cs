using LedCluster.Storage.Npy;
using LedCluster.Tests;

/// <summary>A broker, three micro and two latent nodes and a coordinator, each process with a wire of its own to the broker.</summary>
internal sealed class SoakCluster : IDisposable
{
    /// <summary>Time after which a silent worker's legs are given to others, in seconds.</summary>
    public const double LegTimeout = 1;

    private const int Members = 24, Points = 101;

    private readonly string place = Directory.CreateTempSubdirectory("ledcluster-soak-").FullName;
    private readonly string conditions;
    private int rounds, earlierLateAnswers;

    private readonly double finalTime;

    /// <summary>Starts the broker.</summary>
    /// <param name="finalTime">Final time of the runs, which says how long they take.</param>
    public SoakCluster(double finalTime)
    {
        this.finalTime = finalTime;
        conditions = Path.Combine(place, "start.npy");
        using (var file = NpyWriter.Create(conditions, [Members, 2, Points], NpyType.Float64))
        {
            for (var m = 0; m < Members; m++)
            {
                file.Append(Enumerable.Repeat(-1 + 2.0 * m / Members, Points).ToArray());
                file.Append(new double[Points]);
            }
            file.Complete();
        }
    }

    /// <summary>Runs the reference and starts the nodes.</summary>
    public void Start()
    {
        using var embedded = new LedProcess("the embedded run", null, Forecast(Reference));
        CheckEnd(embedded);
        for (var n = 0; n < 5; n++)
            Nodes.Add(Node(n < 3 ? "micro" : "latent"));
    }

    public TestBroker Broker { get; } = new("+sbwt none");

    /// <summary>The run of the same specification on the embedded engine.</summary>
    public string Reference => Path.Combine(place, "reference");

    public List<LedProcess> Nodes { get; } = [];

    public LedProcess Coordinator { get; private set; } = null!;

    /// <summary>Directory of the current run.</summary>
    public string Run { get; private set; } = "";

    /// <summary>Answers of workers that came after another's was recorded, in all coordinators of the current run.</summary>
    public int LateAnswers => earlierLateAnswers + Late(Coordinator);

    /// <summary>Starts the run anew.</summary>
    public void StartRun()
    {
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
        RunCheck.EachLegOnce(Run, Members);
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

    private static void CheckEnd(LedProcess coordinator)
    {
        if (coordinator.Finish(TimeSpan.FromSeconds(180)) is var code and not 0)
            throw new SoakFailure($"{coordinator.Role} ended with {code}, expected 0. It said:\n{coordinator.Said(20)}");
    }

    private LedProcess Node(string role) => new(role, new TcpProxy(Broker.Uri.Port), "node", "--role", role, "--workers", "1");

    private string[] Forecast(string run) =>
    [
        "forecast", "fhn", "--ic", conditions, "--t-final", $"{finalTime}", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30",
        "--cohort-size", "2", "--workers", "2", "--run", run,
    ];
}
