using System.Buffers;
using System.Text.Json.Nodes;
using LedCluster.Domain.Fields;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// One quantity of all channels, each channel a variable of its own, [leading axes..., axes of the grid...]. Rows are handed in
/// and out with all channels, [leading axes..., C, X]. Earlier stores have one variable with an axis of channels instead.
/// </summary>
/// <typeparam name="T">Number format.</typeparam>
internal sealed class ChannelArrays<T>
    where T : unmanaged
{
    private readonly FieldLayout layout;
    private readonly ZarrArray<T>[] arrays;
    private readonly long[] origin, lengths;

    private ChannelArrays(FieldLayout layout, ZarrArray<T>[] arrays, bool joined)
    {
        (this.layout, this.arrays) = (layout, arrays);
        lengths = joined ? [layout.Channels.Length, .. Lengths(layout)] : Lengths(layout);
        origin = new long[lengths.Length];
    }

    /// <summary>Makes the variables.</summary>
    /// <param name="group">The store.</param>
    /// <param name="layout">Channels and axes.</param>
    /// <param name="name">Name of a channel's variable.</param>
    /// <param name="leading">Names and lengths of the leading axes.</param>
    /// <param name="attributes">Attributes of a channel's variable.</param>
    /// <param name="chunks">Chunk shape that belongs to a shape.</param>
    public static void Create(
        ZarrGroup group, FieldLayout layout, Func<FieldChannel, string> name, (string Name, long Length)[] leading,
        Func<FieldChannel, JsonObject> attributes, Func<long[], long[]> chunks)
    {
        long[] shape = [.. leading.Select(a => a.Length), .. Lengths(layout)];
        foreach (var channel in layout.Channels)
            group.CreateArray<T>(
                name(channel), [.. leading.Select(a => a.Name), .. layout.Axes.Select(a => a.Name)], shape, attributes(channel), chunks(shape));
    }

    /// <summary>Opens the variables.</summary>
    /// <param name="group">The store.</param>
    /// <param name="layout">Channels and axes.</param>
    /// <param name="name">Name of a channel's variable.</param>
    /// <param name="joined">Name of the one variable that earlier stores have.</param>
    /// <param name="leading">Lengths of the leading axes.</param>
    /// <exception cref="InvalidDataException">A variable is missing, or has another number format or shape.</exception>
    public static ChannelArrays<T> Open(ZarrGroup group, FieldLayout layout, Func<FieldChannel, string> name, string joined, params long[] leading) =>
        group.Has(joined) ? new ChannelArrays<T>(layout, [group.OpenArray<T>(joined, [.. leading, layout.Channels.Length, .. Lengths(layout)])], joined: true)
            : new ChannelArrays<T>(layout, [.. layout.Channels.Select(c => group.OpenArray<T>(name(c), [.. leading, .. Lengths(layout)]))], joined: false);

    /// <summary>Writes a region of the leading axes.</summary>
    /// <param name="start">First index along each leading axis.</param>
    /// <param name="count">Length along each leading axis.</param>
    /// <param name="rows">The numbers, [count..., C, X].</param>
    public void Write(long[] start, long[] count, ReadOnlySpan<T> rows) => Write(start, count, rows, layout.Size);

    /// <summary>Writes a region of the leading axes from rows that do not follow each other.</summary>
    /// <param name="start">First index along each leading axis.</param>
    /// <param name="count">Length along each leading axis.</param>
    /// <param name="rows">The numbers, rows [C, X].</param>
    /// <param name="stride">Numbers from the start of one row to that of the next.</param>
    public void Write(long[] start, long[] count, ReadOnlySpan<T> rows, int stride)
    {
        if (arrays.Length == 1 && stride == layout.Size)
        {
            arrays[0].Write([.. start, .. origin], [.. count, .. lengths], rows);
            return;
        }
        var (width, length) = (layout.Size / arrays.Length, (int)count.Aggregate(1L, (a, b) => a * b) * (layout.Size / arrays.Length));
        var rented = ArrayPool<T>.Shared.Rent(length);
        var one = rented.AsSpan(0, length);
        for (var c = 0; c < arrays.Length; c++)
        {
            for (var (from, to) = (c * width, 0); to < length; from += stride, to += width)
                rows.Slice(from, width).CopyTo(one[to..]);
            arrays[c].Write([.. start, .. origin], [.. count, .. lengths], one);
        }
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Reads a region of the leading axes.</summary>
    /// <param name="start">First index along each leading axis.</param>
    /// <param name="count">Length along each leading axis.</param>
    /// <param name="rows">Receives the numbers, [count..., C, X].</param>
    public void Read(long[] start, long[] count, Span<T> rows)
    {
        if (arrays.Length == 1)
        {
            arrays[0].Read([.. start, .. origin], [.. count, .. lengths], rows);
            return;
        }
        var (points, size) = (layout.Points, layout.Size);
        var rented = ArrayPool<T>.Shared.Rent(rows.Length / arrays.Length);
        var one = rented.AsSpan(0, rows.Length / arrays.Length);
        for (var c = 0; c < arrays.Length; c++)
        {
            arrays[c].Read([.. start, .. origin], [.. count, .. lengths], one);
            for (var (from, to) = (0, c * points); from < one.Length; from += points, to += size)
                one.Slice(from, points).CopyTo(rows[to..]);
        }
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Sets a region of the leading axes to NaN.</summary>
    public void Blank(long[] start, long[] count)
    {
        foreach (var array in arrays)
            array.Blank([.. start, .. origin], [.. count, .. lengths]);
    }

    /// <summary>CRC-32 of each variable, see <see cref="ZarrArray{T}.Checksum"/>.</summary>
    public IEnumerable<uint> Checksums() => arrays.Select(a => a.Checksum());

    private static long[] Lengths(FieldLayout layout) => [.. layout.Axes.Select(a => (long)a.Points)];
}
