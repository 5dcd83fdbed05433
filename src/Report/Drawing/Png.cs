using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace LedCluster.Report.Drawing;

/// <summary>Writes images as PNG (ISO/IEC 15948): 8-bit palette, one zlib stream, no interlacing.</summary>
public static class Png
{
    /// <summary>Encodes an indexed image.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="indices">Palette index of each pixel, row by row from the top, [height, width].</param>
    /// <param name="palette">Red, green, blue of 1 to 256 entries, [entries, 3].</param>
    /// <param name="transparent">Entry that is drawn as nothing, or −1.</param>
    /// <exception cref="ArgumentException">The number of pixels or the palette does not fit.</exception>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette, int transparent = -1)
    {
        if (width < 1 || height < 1 || indices.Length != width * height)
            throw new ArgumentException($"A PNG of {width}×{height} pixels needs {(long)width * height} indices, got {indices.Length}.");
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
        Chunk(png, "IDAT"u8, Compress(width, height, indices));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>Encodes an indexed image as a <c>data:</c> address; parameters as in <see cref="Encode"/>.</summary>
    public static string DataUri(int width, int height, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> palette, int transparent = -1) =>
        "data:image/png;base64," + Convert.ToBase64String(Encode(width, height, indices, palette, transparent));

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
