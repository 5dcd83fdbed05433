using LedCluster.Actors;

/// <summary>Times work on the calling thread: CPU seconds, the best of several repetitions.</summary>
internal sealed class Meter
{
    private readonly ThreadClock clock = new();

    public Meter() => CyclesPerMicrosecond = Frequency();

    /// <summary>Clock rate of the core, measured.</summary>
    public double CyclesPerMicrosecond { get; }

    /// <summary>Prints one row and returns the measured microseconds per unit.</summary>
    /// <param name="name">What is measured.</param>
    /// <param name="work">The work.</param>
    /// <param name="units">Units that one call of it does.</param>
    /// <param name="floorCycles">Least cycles per unit.</param>
    /// <param name="floor">Where that number is from.</param>
    public double Row(string name, Action work, double units, double floorCycles, string floor)
    {
        var warm = clock.Now.Wall + 0.4; // until the runtime has compiled everything to its best
        do
            work();
        while (clock.Now.Wall < warm);
        var best = double.PositiveInfinity;
        for (var repetition = 0; repetition < 15; repetition++)
        {
            var start = clock.Now.Cpu;
            work();
            best = Math.Min(best, clock.Now.Cpu - start);
        }
        var (measured, least) = (1e6 * best / units, floorCycles / CyclesPerMicrosecond);
        Console.WriteLine($"{name,-34}{measured,9:F3} µs{least,7:F3} µs{100 * least / measured,8:F0} %   {floor}");
        return measured;
    }

    // A chain of dependent integer additions takes one cycle each.
    private double Frequency()
    {
        var best = 0.0;
        for (var repetition = 0; repetition < 20; repetition++)
        {
            const int links = 5_000_000;
            var (start, x) = (clock.Now.Cpu, (long)repetition);
            for (var i = 0; i < links; i++)
                x = (x ^ i) + 1; // two dependent operations
            best = Math.Max(best, 2.0 * links / (clock.Now.Cpu - start) / 1e6);
            if (x == 42)
                Console.Write("");
        }
        return best;
    }
}
