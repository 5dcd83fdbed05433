using System.Numerics;
using System.Runtime.CompilerServices;
using LedCluster.Domain.Runs;

namespace LedCluster.Storage.Forecasts;

/// <summary>Reads what a store keeps of its members and compares it with the checksums of what was recorded.</summary>
public static class ForecastCheck
{
    /// <summary>Bytes read at once, at least one frame.</summary>
    private const int BytesAtOnce = 1 << 20;

    /// <summary>Checks latents, fields, measures of trust and diagnostics.</summary>
    /// <param name="store">The store; it may be written to meanwhile.</param>
    /// <param name="expected">The checksums of all recorded legs.</param>
    /// <param name="members">Members to check, each once.</param>
    /// <param name="degree">Number of threads, at least 1.</param>
    /// <param name="progress">Told each time that a member is done; from several threads.</param>
    public static OutputDamage Legs(ForecastStore store, ChecksumTable expected, int[] members, int degree, Action? progress = null)
    {
        var isComplete = store.IsComplete;
        var latents = new LegCheck(ForecastSchema.Latents, store.Plan, expected, isComplete);
        var fields = new LegCheck(ForecastSchema.Fields, store.Plan, expected, isComplete);
        var (trust, gate) = (new List<DamagedLeg>(), new Lock());
        Parallel.ForEach(members, new ParallelOptions { MaxDegreeOfParallelism = degree }, member =>
        {
            Add<float>(latents, member, store.LatentSize, store.ReadLatents);
            if (store is { HasFields: true, Precision: KeptPrecision.Float32 })
                Add<float>(fields, member, store.Layout.Size, store.ReadFields);
            else if (store.HasFields)
                Add<double>(fields, member, store.Layout.Size, store.ReadFields);
            foreach (var (leg, own) in store.ReadTrust(member).Index().Take(expected.LegsOf(member)))
                if (expected.Of(member, leg) is { } known)
                {
                    var joined = store.Series is not null && known.Series is null;
                    var (sum, series) = store.TrustChecksums(member, store.Plan[leg], own, joined);
                    lock (gate)
                    {
                        if (known.Trust != sum)
                            trust.Add(new DamagedLeg(member, leg, joined ? "trust and diagnostics" : "trust"));
                        if (series != known.Series)
                            trust.Add(new DamagedLeg(member, leg, "diagnostics"));
                    }
                }
            progress?.Invoke();
        });
        return new OutputDamage([.. latents.Damage.Legs, .. fields.Damage.Legs, .. trust.Order()]);

        void Add<T>(LegCheck check, int member, int row, FrameReader<T> read)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var block = new T[Math.Clamp(BytesAtOnce / (Unsafe.SizeOf<T>() * row), 1, store.Frames) * row];
            for (int first = 0, frames; first < store.Frames; first += frames)
            {
                frames = Math.Min(block.Length / row, store.Frames - first);
                var rows = block.AsSpan(0, frames * row);
                try
                {
                    read(member, first, frames, rows);
                }
                catch (IOException) // a file that was cut short, or a sector that cannot be read
                {
                    rows.Fill(T.NaN);
                }
                check.Add<T>(member, first, rows, row);
            }
        }
    }

    private delegate void FrameReader<T>(int member, int firstFrame, int frames, Span<T> rows);
}
