using System.Diagnostics;

/// <summary>What a piece of work took: seconds by the clock, of this process' CPU, and of the broker's.</summary>
internal readonly record struct Cpu(double Wall, double Own, double Broker)
{
    /// <summary>Measures a piece of work that tells how long it took by the clock.</summary>
    public static Cpu Of(Process broker, Func<double> work)
    {
        using var own = Process.GetCurrentProcess();
        var (ownBefore, brokerBefore) = (Total(own), Total(broker));
        var wall = work();
        return new Cpu(wall, Total(own) - ownBefore, Total(broker) - brokerBefore);
    }

    /// <summary>CPU seconds that a process has used so far.</summary>
    public static double Total(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
