using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using LedCluster.Report.Drawing;

namespace LedCluster.Report.Tests;

public sealed class PngTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 5)]
    [InlineData(640, 101)]
    public void An_image_comes_back_from_an_independent_decoder(int width, int height)
    {
        var random = new Random(width);
        byte[] palette = new byte[768], pixels = new byte[width * height];
        random.NextBytes(palette);
        random.NextBytes(pixels);

        var chunks = Decode(Png.Encode(width, height, pixels, palette, transparent: 255));

        Assert.Equal(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"], chunks.Select(c => c.Type));
        var header = chunks[0].Data;
        Assert.Equal((width, height), (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))));
        Assert.Equal([8, 3, 0, 0, 0], header[8..]);
        Assert.Equal(palette, chunks[1].Data);
        Assert.Equal(0, chunks[2].Data[255]);
        Assert.All(chunks[2].Data[..255], a => Assert.Equal(255, a));

        using var raw = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(chunks[3].Data), CompressionMode.Decompress))
            zlib.CopyTo(raw);
        var rows = raw.ToArray();
        Assert.Equal(height * (width + 1), rows.Length);
        for (var y = 0; y < height; y++)
        {
            Assert.Equal(0, rows[y * (width + 1)]);
            Assert.Equal(pixels[(y * width)..((y + 1) * width)], rows[(y * (width + 1) + 1)..((y + 1) * (width + 1))]);
        }
        Assert.Equal(Adler(rows), BinaryPrimitives.ReadUInt32BigEndian(chunks[3].Data.AsSpan(chunks[3].Data.Length - 4)));
    }

    [Fact]
    public void Images_that_follow_one_another_are_numbered_and_each_comes_back()
    {
        byte[][] images = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1, 1, 1, 2, 2, 2]];
        var chunks = Decode(Png.Encode(3, 2, images, new byte[18], milliseconds: 300));
        Assert.Equal(["IHDR", "PLTE", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"], chunks.Select(c => c.Type));
        Assert.Equal((3, 0), (BinaryPrimitives.ReadInt32BigEndian(chunks[2].Data), BinaryPrimitives.ReadInt32BigEndian(chunks[2].Data.AsSpan(4))));
        Assert.Equal([0, 1, 2, 3, 4], chunks.Where(c => c.Type is "fcTL" or "fdAT").Select(c => BinaryPrimitives.ReadInt32BigEndian(c.Data)));
        Assert.All(chunks.Where(c => c.Type == "fcTL"), c => Assert.Equal([0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 44, 3, 232, 0, 0], c.Data[4..]));
        foreach (var (image, data) in images.Zip([chunks[4].Data, chunks[6].Data[4..], chunks[8].Data[4..]]))
        {
            using var raw = new MemoryStream();
            using (var zlib = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress))
                zlib.CopyTo(raw);
            Assert.Equal([0, .. image[..3], 0, .. image[3..]], raw.ToArray());
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Png.Encode(2, 2, new byte[3], new byte[3]));
        Assert.Throws<ArgumentException>(() => Png.Encode(1, 1, new byte[1], new byte[4]));
    }

    private static List<(string Type, byte[] Data)> Decode(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        var chunks = new List<(string, byte[])>();
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var body = png[(at + 4)..(at + 8 + length)];
            Assert.Equal(Crc(body), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            chunks.Add((Encoding.ASCII.GetString(body, 0, 4), body[4..]));
            at += 12 + length;
        }
        return chunks;
    }

    // Bit by bit as in the PNG standard's text, not by table as in the encoder.
    private static uint Crc(byte[] data)
    {
        var register = uint.MaxValue;
        foreach (var value in data)
            for (var bit = 0; bit < 8; bit++)
                register = register >> 1 ^ ((register ^ (uint)(value >> bit)) & 1) * 0xedb88320u;
        return ~register;
    }

    private static uint Adler(byte[] data)
    {
        uint a = 1, b = 0;
        foreach (var value in data)
            (a, b) = ((a + value) % 65521, (b + a + value) % 65521);
        return b << 16 | a;
    }
}
