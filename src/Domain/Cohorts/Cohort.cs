using System.Collections.Immutable;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;

namespace LedCluster.Domain.Cohorts;

/// <summary>
/// Members that travel together, as a value: everything a worker needs to run their next leg, and hence also their
/// checkpoint. The arrays are owned by the cohort and never written after construction.
/// </summary>
/// <remarks>
/// Invariant: <see cref="Memory"/> has consumed the latents of all frames before <see cref="Frame"/> except those in
/// <see cref="Latents"/>; the last entry of <see cref="Latents"/> belongs to <see cref="Frame"/> itself.
/// </remarks>
/// <param name="Id">Identity within the run.</param>
/// <param name="Members">Indices of the members still alive, ascending; M of them.</param>
/// <param name="Leg">Index of the leg to run next; equals the number of legs finished.</param>
/// <param name="Frame">Last frame recorded; −1 before the first leg.</param>
/// <param name="Pending">Number n of latent frames not yet consumed by the propagator; 0 before the first leg.</param>
/// <param name="Latents">Those latents, [n, M, d_z].</param>
/// <param name="Memory">Recurrent state of the propagator, [M, memory size]; empty stands for all zeros.</param>
/// <param name="Fields">Initial physical fields, [M, C·X]; empty after the first leg, as later micro legs start from decoded latents.</param>
/// <param name="Fine">The micro solver's own full state when the next leg continues a micro leg, [M, n]; empty otherwise.</param>
public sealed record Cohort(
    CohortId Id,
    ImmutableArray<int> Members,
    int Leg,
    int Frame,
    int Pending,
    float[] Latents,
    float[] Memory,
    double[] Fields,
    double[] Fine)
{
    /// <summary>Values of the system's parameters, [M, P], at frame 0 of those that change in time; empty for a system without any.</summary>
    public double[] Parameters { get; init; } = [];

    /// <summary>A cohort at its initial condition: no leg run yet.</summary>
    /// <param name="members">Member indices, ascending.</param>
    /// <param name="fields">Initial fields [M, C·X].</param>
    /// <param name="parameters">Values of the system's parameters, [M, P]; null for a system without any.</param>
    public static Cohort Start(ImmutableArray<int> members, double[] fields, double[]? parameters = null) =>
        new(new CohortId(members[0]), members, 0, -1, 0, [], [], fields, []) { Parameters = parameters ?? [] };

    /// <summary>The cohort with only the given members; they keep their bits.</summary>
    /// <param name="positions">Positions (not member indices) to keep, ascending.</param>
    public Cohort Keep(params int[] positions) => positions.Length == Members.Length ? this : this with
    {
        Members = [.. positions.Select(p => Members[p])],
        Latents = Rows(Latents, Pending, positions),
        Memory = Rows(Memory, 1, positions),
        Fields = Rows(Fields, 1, positions),
        Fine = Rows(Fine, 1, positions),
        Parameters = Rows(Parameters, 1, positions),
    };

    /// <summary>The members at the cohort's frame, the initial condition before the first leg.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="schedules">The parameters that change in time, if any do.</param>
    public StepContext Context(ulong seed, ParameterSchedules? schedules = null) =>
        new StepContext(seed, Members.AsMemory(), 0, Parameters) { Schedules = schedules }.At(Math.Max(0, Frame));

    /// <summary>One cohort per member, each identified by its member, for running members apart from each other.</summary>
    public IEnumerable<Cohort> Split() =>
        Members.Select((member, position) => Keep(position) with { Id = new CohortId(member) });

    /// <summary>Keeps the given rows of every block of an array [blocks, M, row].</summary>
    private T[] Rows<T>(T[] array, int blocks, int[] positions) => Rows(array, blocks, Members.Length, positions);

    /// <summary>Keeps the given rows of every block of an array [blocks, M, row]; the array itself when all are kept.</summary>
    internal static T[] Rows<T>(T[] array, int blocks, int members, int[] positions)
    {
        if (array.Length == 0 || positions.Length == members)
            return array;
        var row = array.Length / (blocks * members);
        var kept = new T[blocks * positions.Length * (long)row];
        for (var b = 0; b < blocks; b++)
            for (var i = 0; i < positions.Length; i++)
                Array.Copy(array, (b * members + positions[i]) * (long)row, kept, (b * positions.Length + i) * (long)row, row);
        return kept;
    }
}

/// <summary>Identity of a cohort within a run: the index of its first member.</summary>
/// <param name="Value">Index of the first member the cohort was created with.</param>
public readonly record struct CohortId(int Value) : IComparable<CohortId>
{
    /// <inheritdoc />
    public int CompareTo(CohortId other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public override string ToString() => $"cohort-{Value}";
}
