using System.Collections.Immutable;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using LedCluster.Domain.Cycle;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Compares an array of the output, as it is read, with the checksums of its legs. Each member's frames must come in order
/// of time; different members may come from different threads.
/// </summary>
/// <param name="array">Name of the array: latents or fields.</param>
/// <param name="plan">All legs of the run.</param>
/// <param name="expected">The checksums.</param>
/// <param name="isComplete">Whether what no leg recorded must read as NaN.</param>
internal sealed class LegCheck(string array, ImmutableArray<Leg> plan, ChecksumTable expected, bool isComplete = false)
{
    private readonly Crc32?[] running = new Crc32?[expected.Members];
    private readonly int[] current = new int[expected.Members];
    private readonly Lock gate = new();
    private readonly SortedSet<DamagedLeg> damaged = [];

    /// <summary>Legs whose bytes are not those that were recorded.</summary>
    public OutputDamage Damage => new([.. damaged]);

    /// <summary>What is kept, checked while it is read; each member must be read once, in order of time.</summary>
    public KeptFrames Watch(KeptFrames kept) => kept with
    {
        Read = (members, firstFrame, frames, block) =>
        {
            kept.Read(members, firstFrame, frames, block);
            for (var (m, row) = (0, frames * kept.Size); m < members.Length; m++)
                Add<float>(members[m], firstFrame, block.Slice(m * row, row), kept.Size);
        },
    };

    /// <summary>Adds a member's next frames.</summary>
    /// <param name="member">Index of the member.</param>
    /// <param name="firstFrame">First frame.</param>
    /// <param name="rows">The frames, [frames, numbers per frame].</param>
    /// <param name="row">Numbers per frame.</param>
    public void Add<T>(int member, int firstFrame, ReadOnlySpan<T> rows, int row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = running[member] ??= new Crc32();
        while (!rows.IsEmpty)
        {
            var leg = plan[current[member]];
            var frames = Math.Min(rows.Length / row, leg.Last + 1 - firstFrame);
            var values = rows[..(frames * row)];
            if (leg.Index < expected.LegsOf(member))
                sum.Append(MemoryMarshal.AsBytes(values));
            else if (isComplete && values.ContainsAnyExcept(T.NaN))
                Report(member, leg.Index);
            rows = rows[values.Length..];
            firstFrame += frames;
            if (firstFrame <= leg.Last)
                continue;
            if (leg.Index < expected.LegsOf(member) && expected.Of(member, leg.Index) is { } known
                && sum.GetCurrentHashAsUInt32() != (array == ForecastSchema.Fields ? known.Fields : known.Latents))
            {
                Report(member, leg.Index);
            }
            sum.Reset();
            current[member]++;
        }
    }

    private void Report(int member, int leg)
    {
        lock (gate)
            damaged.Add(new DamagedLeg(member, leg, array));
    }
}
