using LedCluster.Storage.Runs;

namespace LedCluster.Host.Service;

/// <summary>
/// Executes runs, each on a thread of its own and with its share of the workers. Of the queued runs, the one with the highest priority starts next; of several
/// with the same priority, the one submitted first. Queued and active runs are listed in a file, and the process in charge holds the lock of that file: others
/// stand by, and the next one that gets the lock, which the system releases when a process dies, continues the runs.
/// </summary>
internal sealed class RunQueue : IDisposable
{
    /// <summary>How often a process that stands by looks whether the one in charge is gone.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(0.5);

    private readonly Lock gate = new();
    private readonly List<QueuedRun> runs = []; // in order; a run stays until it has ended
    private readonly Dictionary<string, string> errors = [];
    private readonly SemaphoreSlim waiting = new(0); // one for each run that came; it may have been cancelled since
    private readonly string directory;
    private readonly Func<QueuedRun, bool> carry;
    private readonly Action<string> note;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread[] threads;
    private QueueFile? file; // null while another process is in charge
    private bool drained;

    /// <summary>Takes charge, with what an earlier process left, if no other process is; otherwise stands by.</summary>
    /// <param name="directory">Directory of the runs.</param>
    /// <param name="atOnce">Runs that are carried out at once.</param>
    /// <param name="carry">Carries out a run; whether it came to its end, rather than having been asked to stop.</param>
    /// <param name="note">Told what a person who watches the service wants to know.</param>
    /// <exception cref="InvalidDataException">The queue on disk cannot be read.</exception>
    public RunQueue(string directory, int atOnce, Func<QueuedRun, bool> carry, Action<string> note)
    {
        (this.directory, this.carry, this.note) = (directory, carry, note);
        threads = [.. Enumerable.Range(0, atOnce).Select(n => new Thread(Work) { Name = $"run-queue-{n}" })];
        if (!TryTakeCharge())
            note("standing by: another process is in charge of these runs");
    }

    /// <summary>Whether this process is in charge.</summary>
    public bool IsInCharge
    {
        get
        {
            lock (gate)
                return file is not null;
        }
    }

    /// <summary>Names of the runs that are queued or running, in order.</summary>
    public string[] Names
    {
        get
        {
            lock (gate)
                return [.. runs.Select(run => run.Id)];
        }
    }

    /// <summary>Whether no new run is taken any more.</summary>
    public bool Drained
    {
        get
        {
            lock (gate)
                return drained;
        }
    }

    /// <summary>Starts to carry out.</summary>
    public void Start()
    {
        foreach (var thread in threads)
            thread.Start();
    }

    /// <summary>What a run is doing; null when it is neither queued nor running here.</summary>
    public RunState? State(string id)
    {
        lock (gate)
            return Find(id)?.State;
    }

    /// <summary>A run's priority; null when it is neither queued nor running here.</summary>
    public int? Priority(string id)
    {
        lock (gate)
            return Find(id)?.Priority;
    }

    /// <summary>For whom a run waits; null when it does not.</summary>
    public string? Waits(string id)
    {
        lock (gate)
            return Find(id)?.Waits;
    }

    /// <summary>Why a run ended that should not have; null when it did not.</summary>
    public string? Error(string id)
    {
        lock (gate)
            return errors.GetValueOrDefault(id);
    }

    /// <summary>Puts a run at the end of the queue, durably.</summary>
    /// <exception cref="ServiceError">It is there already, or no run is taken any more.</exception>
    /// <exception cref="IOException">The disk is full or failed; the run is not queued.</exception>
    public void Add(QueuedRun run)
    {
        lock (gate)
        {
            if (drained || file is null)
                throw Refusal();
            if (Find(run.Id) is { } there)
                throw new ServiceError(409, $"Run '{run.Id}' is {there.State.ToString().ToLowerInvariant()}; wait until it has stopped.");
            using (Held(run)) // so that it is not deleted meanwhile
                Save(runs.Append(run));
            runs.Add(run);
            errors.Remove(run.Id);
            waiting.Release();
        }
    }

    /// <summary>Ends the request unless new runs are taken.</summary>
    /// <exception cref="ServiceError">They are not.</exception>
    public void CheckOpen()
    {
        lock (gate)
            if (drained || file is null)
                throw Refusal();
    }

    /// <summary>Takes a run off the queue, or asks it to stop within one leg; false when it is neither queued nor running.</summary>
    public bool Cancel(string id)
    {
        lock (gate)
        {
            if (file is null)
                throw Refusal();
            if (Find(id) is not { } run)
                return false;
            Save(runs.Where(r => r != run));
            run.Cancelled = true;
            run.Stop.Cancel();
            if (!run.Started)
                runs.Remove(run);
            return true;
        }
    }

    /// <summary>Takes no run any more and stops those at work within one leg; what is queued waits for the next process.</summary>
    public void Drain()
    {
        lock (gate)
        {
            drained = true;
            foreach (var run in runs.Where(r => r.Started))
                run.Stop.Cancel();
        }
    }

    /// <summary>Drains, and returns when the runs at work have stopped at a checkpoint.</summary>
    public void Dispose()
    {
        Drain();
        stop.Cancel();
        foreach (var thread in threads.Where(thread => thread.IsAlive))
            thread.Join();
        waiting.Dispose();
        stop.Dispose();
        file?.Dispose();
    }

    private bool TryTakeCharge()
    {
        QueueFile taken;
        try
        {
            taken = QueueFile.Open(directory);
        }
        catch (IOException)
        {
            return false;
        }
        if (taken.Entries.FirstOrDefault(entry => !RunName.IsValid(entry.Run)) is { } foreign)
        {
            taken.Dispose();
        {
            throw new InvalidDataException($"The queue of '{directory}' has the entry '{foreign.Run}', which is not a valid run name. "
                + "Remove it from queue.json.");
        }
        }
        lock (gate)
        {
            file = taken;
            foreach (var entry in taken.Entries)
            {
                runs.Add(new QueuedRun(entry.Run, Path.Combine(directory, entry.Run), entry.RetryFailed, entry.Priority));
                waiting.Release();
            }
        }
        if (Names is { Length: > 0 } names)
            note($"continuing queued runs: {string.Join(", ", names)}");
        return true;
    }

    private void Work()
    {
        while (Thread.CurrentThread == threads[0] && !IsInCharge && !stop.Token.WaitHandle.WaitOne(LookAgain))
        {
            try
            {
                if (TryTakeCharge())
                    note("now in charge: the previous process has ended");
            }
            catch (InvalidDataException error)
            {
                note(error.Message);
            }
        }
        while (Next() is { } run)
        {
            var (ended, error) = (true, (string?)null);
            try
            {
                ended = carry(run);
            }
            catch (Exception failure) // whatever ends a run must not end the service; the run keeps its reason
            {
                error = failure is AggregateException { InnerExceptions: [var first, ..] } ? first.Message : failure.Message;
            }
            lock (gate)
                End(run, waits: !ended && !run.Cancelled, error);
        }
    }

    /// <summary>Waits for a run to carry out; null when no more are.</summary>
    private QueuedRun? Next()
    {
        while (true)
        {
            try
            {
                waiting.Wait(stop.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            lock (gate)
                if (!drained && runs.Where(run => !run.Started).MaxBy(run => run.Priority) is { } next) // the first of several
                {
                    next.Started = true;
                    return next;
                }
        }
    }

    private void End(QueuedRun run, bool waits, string? error)
    {
        var place = runs.IndexOf(run);
        if (waits)
            runs[place] = new QueuedRun(run.Id, run.Path, run.RetryFailed, run.Priority); // for the next process
        else
            runs.RemoveAt(place);
        try
        {
            Save(runs);
        }
        catch (IOException failure) // at worst the next process finds that nothing is left to do
        {
            error ??= failure.Message;
        }
        if (error is not null)
            errors[run.Id] = error;
    }

    /// <summary>The right to record in a run.</summary>
    /// <exception cref="ServiceError">Another process has it, or the run is gone.</exception>
    private static RunLock Held(QueuedRun run)
    {
        try
        {
            return RunDirectory.Lock(run.Path);
        }
        catch (IOException error)
        {
            throw error is DirectoryNotFoundException
                ? new ServiceError(404, $"There is no run '{run.Id}' any more.")
                : new ServiceError(409, $"Run '{run.Id}' is held by another process; wait for it or stop it there.");
        }
    }

    private QueuedRun? Find(string id) => runs.Find(run => run.Id == id);

    private void Save(IEnumerable<QueuedRun> promised) =>
        file!.Save(promised.Where(r => !r.Cancelled).Select(r => new QueueEntry(r.Id, r.RetryFailed, r.Priority)));

    private ServiceError Refusal() => file is null
        ? new(503, "This service stands by because another 'led serve' is in charge of these runs; use that one. When it ends, this one takes over its runs.")
        : new(503, "This service is drained and takes no more runs. Restart 'led serve' to use it again.");
}
