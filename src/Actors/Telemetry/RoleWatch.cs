using System.Diagnostics;

namespace LedCluster.Actors.Telemetry;

/// <summary>Watches the mailbox of a role, or what a node holds for it: how long cohorts wait, and how many its actors take at once.</summary>
/// <param name="role"><c>micro</c> or <c>latent</c>.</param>
internal sealed class RoleWatch(string role) : IDisposable
{
    private readonly ThreadLocal<Batch?> current = new();
    private int inFlight;
    private long legsDone;

    /// <summary>Cohorts that wait or are at work.</summary>
    public int InFlight => Volatile.Read(ref inFlight);

    /// <summary>Cohorts whose leg was run.</summary>
    public long LegsDone => Volatile.Read(ref legsDone);

    private string Role => role;

    /// <summary>A cohort was put in.</summary>
    public void Sent() => Change(1);

    /// <summary>Cohorts were taken out without being run.</summary>
    public void Left(int cohorts) => Change(-cohorts);

    /// <summary>The calling actor begins a batch; disposing of it ends the batch.</summary>
    public IDisposable Begin() => current.Value = new Batch(this);

    /// <summary>The calling actor took a cohort.</summary>
    /// <param name="sent">When it was put in.</param>
    /// <param name="members">Its members.</param>
    public void Taken(long sent, int members)
    {
        EngineTelemetry.QueueWait.Record(Stopwatch.GetElapsedTime(sent).TotalSeconds, EngineTelemetry.Role(role));
        current.Value?.Add(members);
    }

    /// <inheritdoc />
    public void Dispose() => current.Dispose();

    private void Change(int change)
    {
        Interlocked.Add(ref inFlight, change);
        EngineTelemetry.ChangeInFlight(role, change);
    }

    private sealed class Batch(RoleWatch watch) : IDisposable
    {
        private readonly Activity? span = EngineTelemetry.Source.StartActivity($"{watch.Role} batch");
        private readonly long begun = Stopwatch.GetTimestamp();
        private int cohorts, members;

        public void Add(int more) => (cohorts, members) = (cohorts + 1, members + more);

        public void Dispose()
        {
            watch.Change(-cohorts);
            Interlocked.Add(ref watch.legsDone, cohorts);
            EngineTelemetry.CountLegs(watch.Role, cohorts);
            EngineTelemetry.BatchMembers.Record(members, EngineTelemetry.Role(watch.Role));
            EngineTelemetry.BatchSeconds.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, EngineTelemetry.Role(watch.Role));
            span?.SetTag("led.cohorts", cohorts).SetTag("led.members", members).Dispose();
            watch.current.Value = null;
        }
    }
}
