namespace LedCluster.Domain.Runs;

/// <summary>How a run is carried out; none of it changes a bit of the output.</summary>
public sealed record ExecutionOptions
{
    /// <summary>Members that travel together, 1 to 1024; default 64, which fills SIMD lanes and batches.</summary>
    public int CohortSize { get; init; } = 64;

    /// <summary>Micro-solver actors, and as many latent-propagator actors, 1 to 256; default one per processor.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Every reason why these options cannot be used; empty when they can.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (CohortSize is < 1 or > 1024)
            faults.Add($"--cohort-size is {CohortSize}; give 1 to 1024.");
        if (Workers is < 1 or > 256)
            faults.Add($"--workers is {Workers}; give 1 to 256.");
        return faults;
    }
}
