namespace LedCluster.Actors.Tests;

/// <summary>The system's time and some more, so that a test need not wait for what takes long.</summary>
internal sealed class LateTime : TimeProvider
{
    private long later; // ticks

    public TimeSpan Later
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref later));
        set => Interlocked.Exchange(ref later, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Later;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(Later.TotalSeconds * TimestampFrequency);
}
