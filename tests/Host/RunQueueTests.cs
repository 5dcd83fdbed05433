using LedCluster.Host.Service;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Tests;

/// <summary>The order in which a service takes runs up, and who may delete them meanwhile.</summary>
public sealed class RunQueueTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly string directory = Directory.CreateTempSubdirectory("led-queue-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Runs_of_a_higher_priority_come_first_and_those_of_the_same_in_their_order()
    {
        using var go = new ManualResetEventSlim();
        using var done = new CountdownEvent(5);
        var order = new List<string>();
        using var queue = new RunQueue(directory, 1, run =>
        {
            Assert.True(go.Wait(Longest));
            order.Add(run.Id);
            done.Signal();
            return true;
        }, _ => { });
        foreach (var (name, priority) in ((string, int)[])[("first", 0), ("low", -1), ("b", 5), ("a", 5), ("next", 0)])
            queue.Add(Run(name, priority));
        Assert.Equal([("first", 0), ("low", -1), ("b", 5), ("a", 5), ("next", 0)], Promised().Select(entry => (entry.Run, entry.Priority)));
        queue.Start();
        go.Set();
        Assert.True(done.Wait(Longest));
        Assert.Equal(["b", "a", "first", "next", "low"], order);
    }

    [Fact]
    public void As_many_runs_are_at_work_as_were_asked_for_and_no_more()
    {
        using var go = new SemaphoreSlim(0);
        using var two = new CountdownEvent(2);
        var (atWork, most) = (0, 0);
        using (var queue = new RunQueue(directory, 2, run =>
        {
            lock (go)
                most = Math.Max(most, ++atWork);
            if (!two.IsSet)
                two.Signal();
            Assert.True(go.Wait(Longest));
            lock (go)
                atWork--;
            return true;
        }, _ => { }))
        {
            foreach (var name in (string[])["a", "b", "c"])
                queue.Add(Run(name, 0));
            queue.Start();
            Assert.True(two.Wait(Longest), "two are at work at once");
            Assert.Equal((RunState.Running, RunState.Running, RunState.Queued), (queue.State("a")!.Value, queue.State("b")!.Value, queue.State("c")!.Value));
            go.Release(3);
            for (var left = 3; left > 0; left = queue.Names.Length)
                Thread.Yield();
        }
        Assert.Equal(2, most);
        Assert.Empty(Promised());
    }

    [Fact]
    public void A_run_that_waits_is_not_deleted_and_one_that_is_being_deleted_is_not_queued()
    {
        using var queue = new RunQueue(directory, 1, _ => true, _ => { });
        var (waits, goes) = (Run("waits", 0), Run("goes", 0));
        queue.Add(waits);
        Assert.Null(RunDeletion.Begin(waits.Path, out var hold));
        Assert.Equal(RunHold.Queued, hold);
        using (var deletion = RunDeletion.Begin(goes.Path, out _)!)
        {
            Assert.Equal(409, Assert.Throws<ServiceError>(() => queue.Add(goes)).Status);
            Assert.True(deletion.Delete() > 0);
        }
        Assert.Equal(404, Assert.Throws<ServiceError>(() => queue.Add(goes)).Status);
        Assert.Equal(["waits"], queue.Names);
        queue.Cancel("waits");
        using (RunDirectory.Lock(waits.Path))
        {
            Assert.Null(RunDeletion.Begin(waits.Path, out hold));
            Assert.Equal(RunHold.Recording, hold);
        }
        using (var deletion = RunDeletion.Begin(waits.Path, out _)!)
            deletion.Delete();
        Assert.Empty(Directory.EnumerateDirectories(directory));
    }

    [Fact]
    public void A_queue_without_priorities_is_read()
    {
        File.WriteAllText(Path.Combine(directory, "queue.json"), """[{"run":"old","retryFailed":true}]""");
        using var queue = new RunQueue(directory, 1, _ => true, _ => { });
        Assert.Equal((0, RunState.Queued), (queue.Priority("old")!.Value, queue.State("old")!.Value));
    }

    private QueuedRun Run(string name, int priority)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(path).FullName, "spec.json"), "{}");
        return new QueuedRun(name, path, retryFailed: false, priority);
    }

    private IEnumerable<QueueEntry> Promised() =>
        Storage.Files.StrictJson.ReadFile<QueueEntry[]>(Path.Combine(directory, "queue.json"), Storage.Files.StrictJson.Options());
}
