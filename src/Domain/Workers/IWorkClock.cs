namespace LedCluster.Domain.Workers;

/// <summary>Where workers read time from; handed in, so that Domain itself stays pure.</summary>
public interface IWorkClock
{
    /// <summary>Wall-clock seconds, and CPU seconds of the calling thread with those of <see cref="ChildProcessTime"/>, each from an arbitrary origin.</summary>
    (double Wall, double Cpu) Now { get; }
}
