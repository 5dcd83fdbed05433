using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Host.Commands;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Explanations;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Files;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Service;

/// <summary>What the palette's verbs do: runs in one directory, carried out so many at once as the service was told.</summary>
internal sealed class RunService : IDisposable
{
    private const int MostLooks = 32;

    private readonly ServiceOptions options;
    private readonly Action<string> note;
    private readonly RunQueue queue;
    private readonly ServiceNodes nodes;
    private readonly Lock naming = new();
    private readonly ConcurrentDictionary<string, RunStatus> looks = []; // at runs' journals, so that none is read twice
    private readonly ConcurrentDictionary<string, (long Length, DateTime Changed, double Percent)> listed = []; // by journals of that length and time

    /// <summary>Takes up the queue that an earlier process left.</summary>
    /// <param name="options">How the service is set up.</param>
    /// <param name="note">Told what a person who watches the service wants to know.</param>
    public RunService(ServiceOptions options, Action<string> note)
    {
        (this.options, this.note) = (options, note);
        Directory.CreateDirectory(options.Runs);
        queue = new RunQueue(options.Runs, options.AtOnce, Carry, note);
        nodes = new ServiceNodes(options.Execution, options.Engine);
    }

    /// <summary>Starts to carry out what is queued.</summary>
    public void Start() => queue.Start();

    /// <summary>Whether new runs are taken.</summary>
    public bool IsReady => !queue.Drained;

    /// <summary>Checks a new run, makes its directory and puts it in the queue.</summary>
    public JsonObject Submit(VerbCall call)
    {
        queue.CheckOpen();
        var faults = new List<string>();
        var priority = Priority(call, faults);
        var request = Submission.Request(call, options.InitialConditions, faults);
        var (spec, source) = request.Resolve(faults);
        string id;
        lock (naming)
            Directory.CreateDirectory(PathOf(id = NewName(spec)));
        try
        {
            ForecastSetup.Create(PathOf(id), spec, request.Study, request.ModelDirectory, source, isHere: false);
        }
        catch
        {
            Directory.Delete(PathOf(id), recursive: true);
            throw;
        }
        queue.Add(new QueuedRun(id, PathOf(id), retryFailed: false, priority));
        note($"run {id} was submitted: {spec.Members} members of {spec.Study} to t = {spec.FinalTime}");
        var answer = Summary(id, Find(id));
        if (source.Conversion is { } conversion)
            answer["remark"] = conversion;
        return answer;
    }

    /// <summary>Where a run stands.</summary>
    public JsonObject Status(VerbCall call)
    {
        call.Check();
        var (id, directory) = (call.Text("run"), Find(call.Text("run")));
        var (status, state) = (Look(id, directory).Read(), State(id, directory));
        var answer = Summary(id, directory, state);
        foreach (var (name, value) in status)
            answer[name] = value?.DeepClone();
        answer["warnings"] = RunWarning.Write(state == RunState.Finished && File.Exists(directory.MetricsPath) ? MetricsFile.Warnings(directory) : []);
        answer["error"] = queue.Error(id);
        answer["waits"] = queue.Waits(id);
        answer["report"] = File.Exists(directory.ReportPath) ? $"/runs/{id}/report" : null;
        answer["output"] = Directory.Exists(directory.OutputPath) ? $"/runs/{id}/output.zarr" : null;
        return answer;
    }

    /// <summary>All runs in the directory, by name.</summary>
    public JsonObject List(VerbCall call)
    {
        call.Check();
        var runs = new JsonArray();
        foreach (var path in Directory.EnumerateDirectories(options.Runs).Order(StringComparer.Ordinal))
            if (RunName.IsValid(Path.GetFileName(path)) && Readable(path) is { } directory)
            {
                var (id, state) = (Path.GetFileName(path), State(Path.GetFileName(path), directory));
                var run = Summary(id, directory, state);
                (run["percent"], run["memberFramesPerSecond"], run["secondsLeft"]) = HowFar(id, directory, state);
                runs.Add(run);
            }
        return new JsonObject { ["runs"] = runs };
    }

    /// <summary>Percent of a run, and of one that is at work its rate and the seconds that are left; null where that is not known.</summary>
    private (double? Percent, double? Rate, double? SecondsLeft) HowFar(string id, RunDirectory directory, RunState state)
    {
        if (state == RunState.Finished)
            return (100, null, null);
        var (journal, atWork) = (new FileInfo(directory.JournalPath), state is RunState.Running or RunState.Stopping);
        var (length, changed) = journal.Exists ? (journal.Length, journal.LastWriteTimeUtc) : default;
        if (!atWork && listed.TryGetValue(id, out var before) && (before.Length, before.Changed) == (length, changed))
            return (before.Percent, null, null);
        try
        {
            var status = (atWork ? Look(id, directory) : new RunStatus(directory)).Read();
            var percent = (double)status["percent"]!;
            listed[id] = (length, changed, percent);
            return atWork ? (percent, (double?)status["memberFramesPerSecond"], (double?)status["secondsLeft"]) : (percent, null, null);
        }
        catch (Exception error) when (error is InvalidDataException or UserError or IOException)
        {
            return (null, null, null); // its status tells why
        }
    }

    /// <summary>Why a member is where it is.</summary>
    public JsonObject Explain(VerbCall call)
    {
        call.Check();
        Find(call.Text("run"));
        try
        {
            var answer = ExplainCommand.Machine(PathOf(call.Text("run")), MemberStory.Of(PathOf(call.Text("run")), call.Integer("member")!.Value));
            answer["run"] = call.Text("run");
            return answer;
        }
        catch (UserError error)
        {
            throw new ServiceError(404, error.Message);
        }
    }

    /// <summary>Stops a run within one leg.</summary>
    public JsonObject Cancel(VerbCall call)
    {
        call.Check();
        var (id, directory) = (call.Text("run"), Find(call.Text("run")));
        if (!queue.Cancel(id))
        {
            throw new ServiceError(409, $"Run '{id}' is {Text(State(id, directory))} and not in this service's queue; only a queued or running run can be "
                + "cancelled.");
        }
        note($"run {id} is stopping");
        return Summary(id, directory);
    }

    /// <summary>Puts a stopped run back in the queue.</summary>
    public JsonObject Resume(VerbCall call)
    {
        call.Check();
        var (id, directory, retry) = (call.Text("run"), Find(call.Text("run")), call.Flag("retry-failed"));
        var faults = new List<string>();
        var priority = Priority(call, faults);
        if (faults.Count > 0)
            throw new UserError(faults[0]);
        queue.CheckOpen();
        if (queue.State(id) is null && State(id, directory) is var state && (state == RunState.Running || state == RunState.Finished && !retry))
        {
            throw new ServiceError(409, state == RunState.Running
                ? $"Run '{id}' is being executed by another process; wait for it or stop it there."
                : $"Run '{id}' is finished; there is nothing to resume. Give retryFailed to try failed members again.");
        }
        lock (naming)
        {
            ForecastSetup.Open(directory.Path); // whatever is wrong with it is told now
            queue.Add(new QueuedRun(id, directory.Path, retry, priority));
        }
        note($"run {id} is resumed");
        return Summary(id, directory);
    }

    /// <summary>The files of a run, locks left out, by path.</summary>
    public JsonObject Files(VerbCall call)
    {
        call.Check();
        var (id, root) = (call.Text("run"), Find(call.Text("run")).Path);
        var files = new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file => file.Extension != ".lock" && file.LinkTarget is null && InputFile.IsRegular(file.FullName))
            .Select(file => (Path: Path.GetRelativePath(root, file.FullName), File: file)).OrderBy(file => file.Path, StringComparer.Ordinal);
        return new JsonObject
        {
            ["run"] = id,
            ["state"] = Text(State(id, Find(id))),
            ["files"] = new JsonArray([.. files.Select(file => (JsonNode)new JsonObject
            {
                ["path"] = file.Path,
                ["bytes"] = file.File.Length,
                ["executable"] = !OperatingSystem.IsWindows() && file.File.UnixFileMode.HasFlag(UnixFileMode.UserExecute),
                ["changed"] = file.File.LastWriteTimeUtc,
            })]),
        };
    }

    /// <summary>Deletes a run with all that it holds.</summary>
    public JsonObject Delete(VerbCall call)
    {
        call.Check();
        var id = Known(call.Text("run"));
        // One that was cancelled, but has not stopped yet, is promised no more.
        using var deletion = (queue.State(id) is null ? RunDeletion.Begin(Path.GetFullPath(PathOf(id)), out _) : null)
            ?? throw new ServiceError(409, $"Run '{id}' is queued or running; cancel it first.");
        try
        {
            var bytes = deletion.Delete();
            looks.TryRemove(id, out _);
            listed.TryRemove(id, out _);
            note($"run {id} was deleted");
            return new JsonObject { ["run"] = id, ["bytes"] = bytes };
        }
        catch (IOException error)
        {
            throw new ServiceError(409, $"Run '{id}' cannot be deleted: {error.Message}");
        }
    }

    /// <summary>The nodes that work for this service.</summary>
    public JsonObject Nodes(VerbCall call)
    {
        call.Check();
        return new JsonObject { ["nodes"] = nodes.List(queue.Drained) };
    }

    /// <summary>Lets a node finish its legs and take no more.</summary>
    public JsonObject Drain(VerbCall call)
    {
        call.Check();
        if (call.Text("node") is var name && name != ServiceNodes.OwnName)
        {
            var asked = nodes.Drain(name);
            note($"node {name} was asked to drain");
            return asked;
        }
        queue.Drain();
        note("draining: the legs in progress are finished, and no more runs are taken");
        return nodes.Own(queue.Drained);
    }

    /// <summary>The report of a finished run.</summary>
    /// <exception cref="ServiceError">There is none.</exception>
    public string Report(string id)
    {
        var directory = Find(id);
        return InputFile.IsRegular(directory.ReportPath) ? Path.GetFullPath(directory.ReportPath) : throw new ServiceError(
            404, $"Run '{id}' is {Text(State(id, directory))}; its report is written when it is finished.");
    }

    /// <summary>A file of a run.</summary>
    /// <param name="id">The run.</param>
    /// <param name="name">Path of the file within the run's directory, or within its output.</param>
    /// <param name="ofOutput">Whether it is within the output.</param>
    /// <exception cref="ServiceError">There is none.</exception>
    public string RunFile(string id, string name, bool ofOutput)
    {
        var directory = Find(id);
        var root = Path.GetFullPath(ofOutput ? directory.OutputPath : directory.Path);
        var path = Path.GetFullPath(Path.Combine(root, name));
        var isWithin = path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        for (var part = path; isWithin && part.Length > root.Length; part = Path.GetDirectoryName(part)!)
            isWithin = new FileInfo(part).LinkTarget is null;
        return isWithin && InputFile.IsRegular(path) ? path
            : throw new ServiceError(404, $"{(ofOutput ? "The output of run" : "Run")} '{id}' has no file '{name}'.");
    }

    /// <summary>Stops the current run at a checkpoint and takes no more.</summary>
    public void Dispose()
    {
        queue.Dispose();
        nodes.Dispose();
    }

    private static int Priority(VerbCall call, List<string> faults)
    {
        var given = call.Integer("priority") ?? 0;
        if (Math.Abs((long)given) > QueuedRun.HighestPriority)
            faults.Add($"priority is {given}; give {-QueuedRun.HighestPriority} to {QueuedRun.HighestPriority}.");
        return given;
    }

    private bool Carry(QueuedRun run)
    {
        try
        {
            var setup = ForecastSetup.Open(run.Path);
            var result = ForecastRunner.Run(setup, options.Share, options.Engine, run.RetryFailed, progress => run.Waits = progress.Waits, run.Stop.Token);
            if (!result.Cancelled)
            {
                MetricsFile.WriteForecast(setup, result);
                ForecastReport.Write(setup, null);
            }
            var ended = result.Cancelled ? "was stopped" : "is finished";
            note($"run {run.Id} {ended}: {result.Done} members done, {result.Failures.Length} failed, {result.WallSeconds:F1} s");
            return !result.Cancelled;
        }
        catch (Exception error)
        {
            note($"run {run.Id} ended with an error: {error.Message}");
            throw;
        }
    }

    /// <summary>What is known of a run's journal. Of few runs at a time, as it takes some bytes per member.</summary>
    private RunStatus Look(string id, RunDirectory directory)
    {
        if (looks.Count >= MostLooks && !looks.ContainsKey(id))
            looks.Clear();
        return looks.GetOrAdd(id, _ => new RunStatus(directory));
    }

    private JsonObject Summary(string id, RunDirectory directory, RunState? state = null) => new()
    {
        ["run"] = id,
        ["study"] = directory.Spec.Study,
        ["state"] = Text(state ?? State(id, directory)),
        ["priority"] = queue.Priority(id),
        ["members"] = new JsonObject { ["total"] = directory.Spec.Members },
        ["finalTime"] = directory.Spec.FinalTime,
    };

    private RunState State(string id, RunDirectory directory) => queue.State(id) ?? RunStatus.StateOf(directory);

    private RunDirectory Find(string id)
    {
        try
        {
            return RunDirectory.Open(PathOf(Known(id)));
        }
        catch (InvalidDataException error)
        {
            throw new ServiceError(500, error.Message);
        }
    }

    /// <summary>A name, if there is such a run, readable or not.</summary>
    private string Known(string id) => RunName.IsValid(id) && RunDirectory.IsOne(PathOf(id)) ? id
        : throw new ServiceError(404, $"There is no run '{id}'; 'list' shows the runs.");

    private static RunDirectory? Readable(string path)
    {
        try
        {
            return RunDirectory.Open(path);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>For example fhn-20260131-235959-1.</summary>
    private string NewName(RunSpec spec)
    {
        var stem = $"{spec.Study}-{DateTime.UtcNow:yyyyMMdd-HHmmss}";
        return Enumerable.Range(1, int.MaxValue).Select(n => $"{stem}-{n}").First(name => !Directory.Exists(PathOf(name)));
    }

    private string PathOf(string id) => Path.Combine(options.Runs, id);

    private static string Text(RunState state) => state.ToString().ToLowerInvariant();
}
