using System.Collections.Immutable;
using System.Text.Json.Nodes;
using LedCluster.Domain.Fields;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Forecasts;

/// <summary>A part of a forecast.</summary>
public sealed record ForecastPart
{
    /// <summary>When and where the part is made, for its history, with a colon and a blank behind it; empty for nothing.</summary>
    public string Made { get; init; } = "";

    /// <summary>Members, ascending.</summary>
    public required ImmutableArray<int> Members { get; init; }

    /// <summary>Frames, ascending.</summary>
    public required ImmutableArray<int> Frames { get; init; }

    /// <summary>Indices of channels, ascending.</summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>Whether fields are written in float16, rather than float32.</summary>
    public bool Half { get; init; }

    /// <summary>Whether they are compressed.</summary>
    public bool Compressed { get; init; }

    /// <summary>Bytes of its fields before compression.</summary>
    public long Bytes(FieldLayout layout) => checked((long)Members.Length * Frames.Length * Channels.Length * layout.Points * (Half ? 2 : sizeof(float)));
}

/// <summary>
/// Writes a part of a forecast as a Zarr v2 store of its own: fields (member, time, axes of the grid), decoded where latents alone were kept,
/// with coordinates, parameters and diagnostics. A copy for others; no command of this program reads it as a run.
/// </summary>
public static class ForecastExport
{
    /// <summary>Size that a chunk should have before compression: 8 MiB.</summary>
    private const long ChunkBytes = 8 << 20;

    /// <summary>Writes the part.</summary>
    /// <param name="store">The forecast.</param>
    /// <param name="decoder">Decodes latents where no fields were kept.</param>
    /// <param name="part">What of it.</param>
    /// <param name="path">Directory to make.</param>
    /// <param name="progress">Told the number of members-by-frames that are written.</param>
    /// <param name="cancel">Stops between chunks.</param>
    /// <exception cref="ArgumentException">A value is beyond float16.</exception>
    public static void Write(ForecastStore store, MemberDecoder decoder, ForecastPart part, string path, Action<long> progress, CancellationToken cancel)
    {
        var layout = store.Layout;
        using var source = ZarrGroup.Open(store.Path);
        var attributes = source.Attributes.DeepClone().AsObject();
        foreach (var own in (string[])[ForecastSchema.Layout, ForecastSchema.Series])
            attributes.Remove(own);
        string[] history =
        [
            .. attributes["history"] is { } before ? (string[])[$"{before}"] : [],
            $"{part.Made}{part.Members.Length} of {store.Members} members and {part.Frames.Length} of {store.Frames} frames of a run, "
            + "by led export",
        ];
        attributes["history"] = string.Join("\n", history);
        using var group = ZarrGroup.Create(path, attributes);
        Coordinates(group, source, store, decoder.Parameters, part);
        Fields(group, source, store, decoder, part, progress, cancel);
        if (store.Series is { } series)
            Diagnostics(group, source, store, series, part);
        group.Consolidate();
        group.Sync();
    }

    private static void Coordinates(ZarrGroup group, ZarrGroup source, ForecastStore store, ParameterTable parameters, ForecastPart part)
    {
        var layout = store.Layout;
        Add("member", "member", part.Members.ToArray());
        Add("time", "time", [.. part.Frames.Select(frame => frame * layout.TimeStep)]);
        var phases = store.Plan.SelectMany(leg => Enumerable.Repeat((sbyte)leg.Phase, leg.Frames)).ToArray();
        Add("phase", "time", [.. part.Frames.Select(frame => phases[frame])]);
        foreach (var axis in layout.Axes)
            Add(axis.Name, axis.Name, [.. Enumerable.Range(0, axis.Points).Select(axis.Position)]);
        foreach (var (index, parameter) in parameters.Declared.Index())
            if (parameters.Schedule(index) is null)
                Add(parameter.Name, "member", [.. part.Members.Select(member => parameters.Value(index, member))]);
            else
                Schedule(index, parameter.Name);
        var failed = store.ReadFailedLegs();
        Add(ForecastSchema.FailedLeg, "member", [.. part.Members.Select(member => failed[member])]);

        void Schedule(int index, string name)
        {
            long[] shape = [part.Members.Length, part.Frames.Length];
            var array = group.CreateArray<double>(name, ["member", "time"], shape, source.AttributesOf(name), ChunkGrid.MembersByTime(shape, sizeof(double)));
            foreach (var (row, member) in part.Members.Index())
                array.Write([row, 0], [1, part.Frames.Length], part.Frames.Select(frame => parameters.Value(index, member, frame)).ToArray());
        }

        void Add<T>(string name, string dimension, T[] values)
            where T : unmanaged => group.CreateArray<T>(name, [dimension], [values.Length], source.AttributesOf(name)).WriteAll(values);
    }

    private static void Fields(
        ZarrGroup group, ZarrGroup source, ForecastStore store, MemberDecoder decoder, ForecastPart part, Action<long> progress, CancellationToken cancel)
    {
        var (layout, coding) = (store.Layout, new ChunkCoding(part.Half, part.Compressed));
        long[] axes = [.. layout.Axes.Select(axis => (long)axis.Points)];
        var perFrame = (long)layout.Points * (part.Half ? 2 : sizeof(float));
        var times = (int)Math.Clamp(ChunkBytes / perFrame, 1, part.Frames.Length);
        var members = times < part.Frames.Length ? 1 : (int)Math.Clamp(ChunkBytes / (perFrame * times), 1, part.Members.Length);
        foreach (var c in part.Channels)
        {
            var channel = layout.Channels[c];
            var about = source.AttributesOf(channel.Name) is { Count: > 0 } known ? known.DeepClone().AsObject()
                : new JsonObject { ["long_name"] = channel.LongName, ["units"] = channel.Unit, ["coordinates"] = "phase" };
            about.Remove("_ARRAY_DIMENSIONS");
            group.CreateCoded(
                channel.Name, ["member", "time", .. layout.Axes.Select(axis => axis.Name)], [part.Members.Length, part.Frames.Length, .. axes],
                [members, times, .. axes], coding, about);
        }
        var (frames, written) = (store.Source(decoder), 0L);
        var chunks = part.Channels.Select(_ => new float[members * times * layout.Points]).ToArray();
        for (var m = 0; m < part.Members.Length; m += members)
            for (var t = 0; t < part.Frames.Length; t += times)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var chunk in chunks)
                    chunk.AsSpan().Fill(float.NaN); // those at the edge are as large as the others
                for (var row = 0; row < Math.Min(members, part.Members.Length - m); row++)
                    Gather(frames, layout, part, part.Members[m + row], part.Frames.AsSpan(t, Math.Min(times, part.Frames.Length - t)), chunks, row * times);
                foreach (var (chunk, c) in chunks.Zip(part.Channels))
                    group.WriteChunk(layout.Channels[c].Name, [m / members, t / times, .. axes.Select(_ => 0L)], coding.Encode(chunk));
                progress(written += (long)Math.Min(members, part.Members.Length - m) * Math.Min(times, part.Frames.Length - t));
            }
    }

    /// <summary>A member's frames, each stretch of consecutive ones at once, into rows of the chunks of all channels.</summary>
    private static void Gather(FrameSource source, FieldLayout layout, ForecastPart part, int member, ReadOnlySpan<int> frames, float[][] chunks, int row)
    {
        for (int from = 0, to; from < frames.Length; from = to)
        {
            for (to = from + 1; to < frames.Length && frames[to] == frames[to - 1] + 1;)
                to++;
            var block = new float[(to - from) * layout.Size];
            source([member], frames[from], to - from, block);
            for (var f = from; f < to; f++)
                foreach (var (chunk, c) in chunks.Zip(part.Channels))
                    block.AsSpan((f - from) * layout.Size + c * layout.Points, layout.Points).CopyTo(chunk.AsSpan((row + f) * layout.Points));
        }
    }

    private static void Diagnostics(ZarrGroup group, ZarrGroup source, ForecastStore store, FieldLayout series, ForecastPart part)
    {
        long[] shape = [part.Members.Length, part.Frames.Length];
        var arrays = series.Channels.Select(channel => group.CreateArray<float>(
            channel.Name, ["member", "time"], shape, source.AttributesOf(channel.Name), ChunkGrid.MembersByTime(shape, sizeof(float)))).ToArray();
        var (all, own) = (new float[(long)store.Frames * arrays.Length], new float[part.Frames.Length]);
        foreach (var (row, member) in part.Members.Index())
        {
            store.ReadSeries(member, 0, store.Frames, all);
            foreach (var (c, array) in arrays.Index())
            {
                foreach (var (t, frame) in part.Frames.Index())
                    own[t] = all[(long)frame * arrays.Length + c];
                array.Write([row, 0], [1, part.Frames.Length], own);
            }
        }
    }
}
