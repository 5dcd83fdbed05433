namespace LedCluster.Storage.Forecasts;

/// <summary>The checksums of all recorded legs of a run. Members may be read and set from several threads.</summary>
/// <param name="members">Number of members.</param>
/// <param name="legs">Number of legs of each member.</param>
public sealed class ChecksumTable(int members, int legs)
{
    private readonly LegChecksum[]?[] table = new LegChecksum[members][];
    private readonly int[] recorded = new int[members];

    /// <summary>Number of members.</summary>
    public int Members => table.Length;

    /// <summary>Number of a member's legs that are recorded: the first ones, as legs arrive in order.</summary>
    public int LegsOf(int member) => recorded[member];

    /// <summary>A recorded leg's checksum; null when the run was recorded without checksums.</summary>
    public LegChecksum? Of(int member, int leg) => table[member]?[leg];

    /// <summary>Adds a member's next leg, or one that is recorded again.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="leg">Index of the leg.</param>
    /// <param name="checksum">Its checksum; null when there is none, which holds for all of the member's legs then.</param>
    public void Add(int member, int leg, LegChecksum? checksum)
    {
        recorded[member] = Math.Max(recorded[member], leg + 1);
        if (checksum is not { } sum)
            table[member] = null;
        else if (leg == 0 || table[member] is not null)
            (table[member] ??= new LegChecksum[legs])[leg] = sum;
    }

    /// <summary>Forgets a member: it starts anew.</summary>
    public void Forget(int member) => (table[member], recorded[member]) = (null, 0);
}
