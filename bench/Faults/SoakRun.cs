/// <summary>A run of the soak's forecast, and the processes that carry it.</summary>
internal abstract class SoakRun(string directory) : IDisposable
{
    /// <summary>Most time without a leg, or until an end.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(180);

    /// <summary>Its directory.</summary>
    public string Directory => directory;

    /// <summary>The process that coordinates and records.</summary>
    public abstract LedProcess Coordinator { get; }

    /// <summary>Whether it came to its end, or its process ended.</summary>
    public abstract bool HasEnded { get; }

    /// <summary>Kills the coordinator with SIGKILL, and has another one go on.</summary>
    public abstract void KillCoordinator();

    /// <summary>Has the run go on if a full disk has ended it.</summary>
    public abstract void GoOnAfterFullDisk();

    /// <summary>Waits for the end.</summary>
    /// <param name="poisoned">Whether members are to be set aside.</param>
    public abstract void Finish(bool poisoned);

    public abstract void Dispose();

    /// <summary>Checks how a process ended.</summary>
    public static void CheckEnd(LedProcess process, bool poisoned)
    {
        const int Done = 0, SomeFailed = 3;
        if (process.Finish(Longest) is var code && code != (poisoned ? SomeFailed : Done))
            throw new SoakFailure($"{process.Role} ended with {code}, expected {(poisoned ? SomeFailed : Done)}. It said:\n{process.Said(20)}");
    }
}

/// <summary>A run by <c>led forecast</c>, which <c>led resume</c> goes on with.</summary>
internal sealed class ForecastRun(string directory, string[] forecast, string[] cluster) : SoakRun(directory)
{
    private LedProcess coordinator = new("coordinator", [.. forecast, .. cluster]);

    public override LedProcess Coordinator => coordinator;

    public override bool HasEnded => coordinator.HasExited;

    public override void KillCoordinator()
    {
        coordinator.Dispose();
        coordinator = new LedProcess("coordinator", ["resume", Directory, "--cohort-size", "3", .. cluster]);
    }

    public override void GoOnAfterFullDisk()
    {
        if (coordinator.HasExited && coordinator.Count("the disk is full") > 0)
            KillCoordinator();
    }

    public override void Finish(bool poisoned)
    {
        coordinator.Finish(Longest);
        GoOnAfterFullDisk();
        CheckEnd(coordinator, poisoned);
    }

    public override void Dispose() => coordinator.Dispose();
}

/// <summary>A run by one of two <c>led serve</c> on one directory: one in charge, one that stands by.</summary>
internal sealed class ServiceRun : SoakRun
{
    private readonly string[] options;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly string name;
    private LedProcess inCharge, standsBy;
    private long looked;

    /// <summary>Starts the services and submits the run.</summary>
    /// <param name="runs">Directory of the runs.</param>
    /// <param name="options">Options of <c>led serve</c>.</param>
    /// <param name="submission">Options of <c>submit</c>.</param>
    public static ServiceRun Start(string runs, string[] options, string[] submission)
    {
        options = ["serve", "--listen", "http://127.0.0.1:0", "--runs", runs, .. options];
        var first = new LedProcess("service", options);
        using var submit = new LedProcess("submission", ["remote", Url(first), "submit", .. submission, "--json"]);
        CheckEnd(submit, poisoned: false);
        return new ServiceRun(System.IO.Directory.EnumerateDirectories(runs).Single(), options, first);
    }

    private ServiceRun(string run, string[] options, LedProcess first)
        : base(run)
    {
        (this.options, name, inCharge) = (options, Path.GetFileName(run), first);
        standsBy = StandBy();
    }

    public override LedProcess Coordinator => inCharge;

    public override bool HasEnded
    {
        get
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(looked) < TimeSpan.FromSeconds(0.5))
                return false;
            looked = System.Diagnostics.Stopwatch.GetTimestamp();
            GoOnAfterFullDisk();
            return RunCheck.IsFinished(Directory);
        }
    }

    public override void KillCoordinator()
    {
        inCharge.Dispose();
        inCharge = standsBy;
        inCharge.WaitFor("now in charge", Longest);
        standsBy = StandBy();
    }

    public override void GoOnAfterFullDisk()
    {
        if (RunCheck.IsFinished(Directory) || inCharge.HasExited)
            return;
        try
        {
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, $"{Url(inCharge)}/runs/{name}"));
            using var text = new StreamReader(answer.Content.ReadAsStream());
            if (text.ReadToEnd().Contains("the disk is full", StringComparison.Ordinal))
                http.Send(new HttpRequestMessage(HttpMethod.Post, $"{Url(inCharge)}/runs/{name}/resume")).Dispose();
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException) // it hangs, or has just been killed
        {
        }
    }

    public override void Finish(bool poisoned)
    {
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); !HasEnded; Thread.Sleep(50))
            if (inCharge.HasExited || watch.Elapsed > Longest)
                throw new SoakFailure($"the service did not finish the run within {Longest.TotalSeconds} s. It said:\n{inCharge.Said(20)}");
        foreach (var service in (LedProcess[])[standsBy, inCharge])
        {
            service.Terminate();
            CheckEnd(service, poisoned: false);
        }
    }

    public override void Dispose()
    {
        inCharge.Dispose();
        standsBy.Dispose();
        http.Dispose();
    }

    private static string Url(LedProcess service) => service.WaitFor("listening on ", Longest).Split(' ', ',')[2];

    private LedProcess StandBy()
    {
        var service = new LedProcess("service that stands by", options);
        service.WaitFor("standing by", Longest);
        return service;
    }
}
