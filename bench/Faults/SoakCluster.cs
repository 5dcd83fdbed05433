using LedCluster.Domain.Npy;
using LedCluster.Host.Tests;
using LedCluster.Storage.Npy;

/// <summary>
/// A contact, three micro and two latent nodes, a host of trajectories and a coordinator, each a process. Where there are two
/// machines, a micro node, a latent node and the host of trajectories are on the other one.
/// </summary>
internal sealed class SoakCluster : IDisposable
{
    /// <summary>Time after which a silent worker's legs are given to others, in seconds.</summary>
    public const double LegTimeout = 1;

    private const int Members = 24, Points = 101;

    private static readonly string[] Roles = ["micro", "micro", "micro", "latent", "latent", "coordinator"];
    private static readonly int[] OnTheOther = [2, 4, 5];

    private readonly string conditions, model;
    private readonly Dictionary<int, int> withoutMemory = []; // nodes that may end by themselves, and how many faults say so
    private LedProcess? contact;
    private int rounds;
    private bool poisoned;

    private readonly double finalTime;

    /// <summary>Writes the initial conditions and the models.</summary>
    /// <param name="finalTime">Final time of the runs, which says how long they take.</param>
    public SoakCluster(double finalTime)
    {
        this.finalTime = finalTime;
        (conditions, model) = (Path.Combine(Around.Place, "start.npy"), Path.Combine(Around.Place, "exploding"));
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

    /// <summary>Network and disk.</summary>
    public Surroundings Around { get; } = new();

    /// <summary>Runs the references and starts the nodes.</summary>
    public void Start()
    {
        foreach (var with in (bool[])[false, true])
        {
            poisoned = with;
            using var reference = new LedProcess("the run in a single process", Forecast(Reference));
            SoakRun.CheckEnd(reference, poisoned);
            var lost = RunCheck.Failures(Reference);
            if (!lost.Select(f => f.Member).SequenceEqual(with ? Poison : []))
                throw new SoakFailure(
                    $"the run in a single process set aside {string.Join(", ", lost.Select(f => f.Member))}, "
                    + $"expected {(with ? string.Join(", ", Poison) : "none")}");
        }
        RestartContact();
        for (var index = 0; index < Roles.Length; index++)
            Nodes.Add(Node(index));
    }

    /// <summary>The run of the same specification in a single process.</summary>
    public string Reference => Path.Combine(Around.Place, poisoned ? "poisoned" : "reference");

    public List<LedProcess> Nodes { get; } = [];

    /// <summary>The current run.</summary>
    public SoakRun Run { get; private set; } = null!;

    /// <summary>Starts the run anew.</summary>
    /// <param name="withPoison">Whether some of its members cannot be brought to the end.</param>
    /// <param name="byService">Whether a service carries it; then without poison.</param>
    public void StartRun(bool withPoison, bool byService)
    {
        poisoned = withPoison;
        var place = Path.Combine(Around.Disk, $"run-{++rounds}");
        if (!byService)
        {
            Run = new ForecastRun(place, Forecast(place), Cluster);
            return;
        }
        Directory.CreateDirectory(place);
        string[] service = ["--cohort-size", "2", "--workers", "2", "--ic-folder", Around.Place, .. Cluster];
        Run = ServiceRun.Start(place, service, ["fhn", "--ic", Path.GetFileName(conditions), .. Schedule]);
    }

    /// <summary>Kills nodes at once and starts others.</summary>
    public void ReplaceNodes(params int[] indices)
    {
        foreach (var index in indices)
            Nodes[index].Kill();
        foreach (var index in indices)
        {
            Nodes[index].Dispose();
            Nodes[index] = Node(index);
        }
    }

    /// <summary>A node gets no memory any more, and is replaced after some time, if it still lives.</summary>
    public async Task DepriveAsync(int index, TimeSpan time)
    {
        withoutMemory[index] = withoutMemory.GetValueOrDefault(index) + 1;
        Nodes[index].LimitMemory();
        await Task.Delay(time);
        ReplaceNodes(index);
        withoutMemory[index]--;
    }

    /// <summary>Kills the contact, if it is there, and starts it on the same port.</summary>
    public void RestartContact()
    {
        contact?.Dispose();
        contact = new LedProcess("contact", ["node", "--role", "coordinator", "--port", Contact.Split(':')[1], "--host", Surroundings.Address, .. Open]);
    }

    /// <summary>Waits for the run's end, checks what it left behind, and removes it.</summary>
    public void FinishRun()
    {
        Run.Finish(poisoned);
        Run.Dispose();
        CheckNodes();
        RunCheck.Same(Reference, Run.Directory);
        RunCheck.SameLegsOnce(Reference, Run.Directory);
        Directory.Delete(Path.Combine(Around.Disk, $"run-{rounds}"), recursive: true);
    }

    /// <summary>No node ends by itself.</summary>
    public void CheckNodes()
    {
        for (var index = 0; index < Nodes.Count; index++)
            if (Nodes[index] is { HasExited: true } node && withoutMemory.GetValueOrDefault(index) == 0)
                throw new SoakFailure($"a {node.Role} node ended by itself. It said:\n{node.Said(20)}");
    }

    public void Dispose()
    {
        foreach (var node in Nodes)
            node.Dispose();
        Run?.Dispose();
        contact?.Dispose();
        Around.Dispose();
    }

    private static string Contact => $"{Surroundings.Address}:7116";

    private static string[] Open => Surroundings.CanBreak ? ["--insecure"] : [];

    private static string[] Cluster => ["--leg-timeout", $"{LegTimeout}", "--join", Contact, .. Open];

    private string[] Schedule => ["--t-final", $"{finalTime}", "--t-warm", "40", "--t-macro", "10", "--t-micro", "30"];

    private LedProcess Node(int index) =>
        new(Roles[index], OnTheOther.Contains(index) ? Around.Other : null, ["node", "--role", Roles[index], "--workers", "1", "--join", Contact, .. Open]);

    private string[] Forecast(string run) =>
        [
            "forecast", "fhn", "--ic", conditions, .. Schedule, "--cohort-size", "2", "--workers", "2", "--run", run,
            .. poisoned ? (string[])["--model", model] : []];
}
