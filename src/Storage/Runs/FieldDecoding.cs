using System.IO.Hashing;
using System.Runtime.InteropServices;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Storage.Runs;

/// <summary>Decodes the latents of macro legs into a store that keeps fields, in batches of bounded size.</summary>
/// <param name="store">Receives the fields.</param>
/// <param name="reduction">Decodes.</param>
/// <param name="clock">Where the cost of decoding is read from.</param>
internal sealed class FieldDecoding(ForecastStore store, IReduction reduction, IWorkClock clock)
{
    /// <summary>Fields decoded at once, in bytes: large enough for an efficient batch, small enough for the cache.</summary>
    private const int BatchBytes = 4 << 20;

    private float[] latents = [];
    private float[] fields = [];

    private readonly Crc32 sum = new();

    /// <summary>Decodes and writes all frames of a segment, member after member; returns what the decoding cost.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="checksums">Receives each member's checksum of the fields.</param>
    public WorkTimes Write(Segment segment, LegChecksum[] checksums)
    {
        var meter = new WorkMeter(clock);
        var (frames, count) = (segment.Leg.Frames, segment.Members.Length);
        var (latentSize, size) = (store.LatentSize, store.Layout.Size);
        var rows = Math.Max(1, BatchBytes / (size * sizeof(float)));
        var (membersAtOnce, framesAtOnce) = (Math.Clamp(rows / frames, 1, Math.Max(1, count)), Math.Min(rows, frames));
        Array.Resize(ref latents, Math.Max(latents.Length, membersAtOnce * framesAtOnce * latentSize));
        Array.Resize(ref fields, Math.Max(fields.Length, membersAtOnce * framesAtOnce * size));
        for (var m = 0; m < count; m += membersAtOnce)
        {
            for (var f = 0; f < frames; f += framesAtOnce)
            {
                var (members, run) = (Math.Min(membersAtOnce, count - m), Math.Min(framesAtOnce, frames - f));
                for (var i = 0; i < members; i++)
                    for (var g = 0; g < run; g++)
                        segment.Latents.AsSpan(((f + g) * count + m + i) * latentSize, latentSize).CopyTo(latents.AsSpan((i * run + g) * latentSize));
                meter.Start();
                reduction.Decode(latents.AsSpan(0, members * run * latentSize), fields.AsSpan(0, members * run * size)); // [members, run, C·X]
                meter.Book(Work.Decode);
                for (var i = 0; i < members; i++)
                {
                    var own = fields.AsSpan(i * run * size, run * size);
                    store.WriteFields(segment.Members[m + i], segment.Leg.First + f, own);
                    sum.Append(MemoryMarshal.AsBytes(own)); // of one member at a time: more than one come with all frames
                    if (f + run == frames)
                        checksums[m + i] = checksums[m + i] with { Fields = Taken() };
                }
            }
        }
        return meter.Times;
    }

    private uint Taken()
    {
        var value = sum.GetCurrentHashAsUInt32();
        sum.Reset();
        return value;
    }
}
