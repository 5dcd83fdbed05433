namespace LedCluster.Domain.Workers;

/// <summary>Seconds spent per kind of work: wall clock and CPU of the thread that did it.</summary>
public sealed record WorkTimes
{
    /// <summary>Number of kinds in <see cref="Work"/>.</summary>
    public const int Kinds = 4;

    /// <summary>Wall-clock seconds, indexed by <see cref="Work"/>.</summary>
    /// <exception cref="ArgumentException">There is another number of them than there are kinds of work.</exception>
    public double[] Wall { get; init => field = Checked(value); } = new double[Kinds];

    /// <summary>CPU seconds, indexed by <see cref="Work"/>.</summary>
    /// <exception cref="ArgumentException">There is another number of them than there are kinds of work.</exception>
    public double[] Cpu { get; init => field = Checked(value); } = new double[Kinds];

    /// <summary>Sum of two accounts.</summary>
    public static WorkTimes operator +(WorkTimes a, WorkTimes b) => new()
    {
        Wall = [.. a.Wall.Zip(b.Wall, (x, y) => x + y)],
        Cpu = [.. a.Cpu.Zip(b.Cpu, (x, y) => x + y)],
    };

    private static double[] Checked(double[]? seconds) => seconds is { Length: Kinds } ? seconds
        : throw new ArgumentException($"There are {seconds?.Length ?? 0} times, expected {Kinds}.");
}
