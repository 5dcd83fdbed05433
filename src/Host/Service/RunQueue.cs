using System.Collections.Concurrent;

namespace LedCluster.Host.Service;

/// <summary>Carries out runs one after the other, on a thread of its own, since each uses all workers.</summary>
internal sealed class RunQueue : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, QueuedRun> runs = [];
    private readonly Dictionary<string, string> errors = [];
    private readonly BlockingCollection<QueuedRun> waiting = [];
    private readonly Action<QueuedRun> carry;
    private readonly Thread thread;
    private bool drained;

    /// <summary>Starts with an empty queue.</summary>
    /// <param name="carry">Carries out a run to its end, or until it is asked to stop.</param>
    public RunQueue(Action<QueuedRun> carry)
    {
        this.carry = carry;
        thread = new Thread(Work) { Name = "run-queue" };
        thread.Start();
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

    /// <summary>What a run is doing; null when it is neither queued nor running here.</summary>
    public RunState? State(string id)
    {
        lock (gate)
            return runs.TryGetValue(id, out var run) ? run.State : null;
    }

    /// <summary>Why a run ended that should not have; null when it did not.</summary>
    public string? Error(string id)
    {
        lock (gate)
            return errors.GetValueOrDefault(id);
    }

    /// <summary>Puts a run at the end of the queue.</summary>
    /// <exception cref="ServiceError">It is there already, or no run is taken any more.</exception>
    public void Add(QueuedRun run)
    {
        lock (gate)
        {
            if (drained)
                throw Refusal();
            if (!runs.TryAdd(run.Id, run))
                throw new ServiceError(409, $"Run '{run.Id}' is {runs[run.Id].State.ToString().ToLowerInvariant()}; wait until it has stopped.");
            errors.Remove(run.Id);
            waiting.Add(run);
        }
    }

    /// <summary>Ends the request unless new runs are taken.</summary>
    /// <exception cref="ServiceError">They are not.</exception>
    public void CheckOpen()
    {
        if (Drained)
            throw Refusal();
    }

    /// <summary>Takes a run off the queue, or asks it to stop within one leg; false when it is neither queued nor running.</summary>
    public bool Cancel(string id)
    {
        lock (gate)
        {
            if (!runs.TryGetValue(id, out var run))
                return false;
            run.Stop.Cancel();
            if (!run.Started)
                runs.Remove(id);
            return true;
        }
    }

    /// <summary>Takes no run any more, empties the queue and stops the current run within one leg.</summary>
    public void Drain()
    {
        lock (gate)
        {
            drained = true;
            foreach (var id in runs.Keys.ToArray())
                Cancel(id);
        }
    }

    /// <summary>Drains, and returns when the current run has stopped at a checkpoint.</summary>
    public void Dispose()
    {
        Drain();
        waiting.CompleteAdding();
        thread.Join();
        waiting.Dispose();
    }

    private void Work()
    {
        foreach (var run in waiting.GetConsumingEnumerable())
        {
            lock (gate)
            {
                if (run.Stop.IsCancellationRequested)
                    continue;
                run.Started = true;
            }
            string? error = null;
            try
            {
                carry(run);
            }
            catch (Exception failure) // whatever ends a run must not end the service; the run keeps its reason
            {
                error = failure is AggregateException { InnerExceptions: [var first, ..] } ? first.Message : failure.Message;
            }
            lock (gate)
            {
                runs.Remove(run.Id);
                if (error is not null)
                    errors[run.Id] = error;
            }
        }
    }

    private static ServiceError Refusal() => new(503, "This node is drained: it takes no runs any more. Restart 'led serve' to take it up again.");
}
