using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace LedCluster.Report.Drawing;

/// <summary>
/// Writes images as PNG (ISO/IEC 15948): 8-bit palette, one zlib stream, no interlacing. Several of them make an animation (the standard's
/// third edition, 11.3.6), of which programs that know none show the first.
/// </summary>
public static class Png
{
    /// <summary>Encodes an indexed image.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="indices">Palette index of each pixel, row by row from the top, [height, width].</param>
    /// <param name="palette">Red, green, blue of 1 to 256 entries, [entries, 3].</param>
    /// <param name="transparent">Entry that is drawn as nothing, or −1.</param>
    /// <exception cref="ArgumentException">The number of pixels or the palette does not fit.</exception>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette, int transparent = -1) =>
        Encode(width, height, [indices.ToArray()], palette, transparent);

    /// <summary>Encodes images that follow one another for ever; one alone stands still.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="images">Palette index of each pixel of each image, row by row from the top, [height, width].</param>
    /// <param name="palette">Red, green, blue of 1 to 256 entries, [entries, 3].</param>
    /// <param name="transparent">Entry that is drawn as nothing, or −1.</param>
    /// <param name="milliseconds">Time for which each is shown.</param>
    /// <exception cref="ArgumentException">The number of pixels or the palette does not fit.</exception>
    public static byte[] Encode(int width, int height, IReadOnlyList<byte[]> images, ReadOnlySpan<byte> palette, int transparent = -1, int milliseconds = 100)
    {
        if (width < 1 || height < 1 || images.Count == 0 || images.Any(indices => indices.Length != width * height))
            throw new ArgumentException(
                $"A PNG of {width}×{height} pixels needs {(long)width * height} indices, "
                + $"got {string.Join(", ", images.Select(indices => indices.Length).Distinct())}.");
        if (palette.Length is < 3 or > 768 || palette.Length % 3 != 0)
            throw new ArgumentException($"A palette has 3 bytes for each of 1 to 256 colours, got {palette.Length} bytes.");

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits per index
        header[9] = 3; // palette
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "PLTE"u8, palette);
        if (transparent >= 0)
        {
            var alpha = new byte[transparent + 1];
            alpha.AsSpan(0, transparent).Fill(255);
            Chunk(png, "tRNS"u8, alpha);
        }
        if (images.Count > 1)
            Chunk(png, "acTL"u8, Numbers(images.Count, 0)); // plays without end
        var sequence = 0;
        foreach (var (i, indices) in images.Index())
        {
            if (images.Count > 1)
                Chunk(png, "fcTL"u8, [.. Numbers(sequence++, width, height, 0, 0), (byte)(milliseconds >> 8), (byte)milliseconds, 1000 >> 8, 1000 & 255, 0, 0]);
            if (i == 0)
                Chunk(png, "IDAT"u8, Compress(width, height, indices));
            else
                Chunk(png, "fdAT"u8, [.. Numbers(sequence++), .. Compress(width, height, indices)]);
        }
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Numbers(params int[] values)
    {
        var bytes = new byte[4 * values.Length];
        foreach (var (i, value) in values.Index())
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), value);
        return bytes;
    }

    /// <summary>Encodes an indexed image as a <c>data:</c> address; parameters as in <c>Encode</c>.</summary>
    public static string DataUri(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette, int transparent = -1) =>
        DataUri(width, height, [indices.ToArray()], palette, transparent);

    /// <summary>Encodes images that follow one another as a <c>data:</c> address.</summary>
    public static string DataUri(int width, int height, IReadOnlyList<byte[]> images, ReadOnlySpan<byte> palette, int transparent = -1) =>
        "data:image/png;base64," + Convert.ToBase64String(Encode(width, height, images, palette, transparent));

    private static byte[] Compress(int width, int height, ReadOnlySpan<byte> indices)
    {
        using var buffer = new MemoryStream();
        using (var zlib = new ZLibStream(buffer, CompressionLevel.SmallestSize, leaveOpen: true))
            for (var row = 0; row < height; row++)
            {
                zlib.WriteByte(0); // filter "none": the best for palettes
                zlib.Write(indices.Slice(row * width, width));
            }
        return buffer.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        var sum = new Crc32();
        sum.Append(type);
        sum.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, sum.GetCurrentHashAsUInt32());
        png.Write(number);
    }
}
