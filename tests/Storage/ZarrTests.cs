using System.Globalization;
using System.Text.Json.Nodes;
using LedCluster.Domain.Randomness;
using LedCluster.Storage.Zarr;

namespace LedCluster.Storage.Tests;

public sealed class ZarrTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    [Fact]
    public void Random_regions_agree_with_a_plain_array_and_with_zarr()
    {
        long[] shape = [7, 5, 3, 4];
        var expected = new int[7 * 5 * 3 * 4];
        using (var group = ZarrGroup.Create(temporary["g"], []))
        {
            var array = group.CreateArray<int>("a", ["i", "j", "k", "l"], shape, [], [3, 2, 3, 3]);
            group.Consolidate();
            array.WriteAll(expected);
            var random = new Philox(5, 0, 0, 0);
            for (var n = 1; n <= 200; n++)
            {
                long[] start = new long[4], count = new long[4];
                for (var axis = 0; axis < 4; axis++)
                {
                    start[axis] = random.NextIndex((int)shape[axis]);
                    count[axis] = 1 + random.NextIndex((int)(shape[axis] - start[axis]));
                }
                var data = new int[count.Aggregate((a, b) => a * b)];
                for (var i = 0; i < data.Length; i++)
                    data[i] = n * 1000 + i;
                array.Write(start, count, data);
                var at = 0;
                for (var i = start[0]; i < start[0] + count[0]; i++)
                    for (var j = start[1]; j < start[1] + count[1]; j++)
                        for (var k = start[2]; k < start[2] + count[2]; k++)
                            for (var l = start[3]; l < start[3] + count[3]; l++)
                                expected[((i * 5 + j) * 3 + k) * 4 + l] = data[at++];
                var read = new int[data.Length];
                array.Read(start, count, read);
                Assert.Equal(data, read);
            }
            Assert.Equal(expected, array.ReadAll());
        }
        var sum = expected.Select((v, i) => (long)v * (i % 97 + 1)).Sum();
        Python.Run(
            "import sys, zarr, numpy as np; a = zarr.open_consolidated(sys.argv[1], mode='r')['a'][:]; " +
            "assert a.shape == (7, 5, 3, 4); assert (a.ravel().astype('i8') * (np.arange(a.size) % 97 + 1)).sum() == int(sys.argv[2])",
            temporary["g"], sum.ToString());
    }

    [Fact]
    public void More_chunks_than_open_handles_are_written_and_synced()
    {
        var count = ChunkFiles.MostOpen * 2 + 3;
        using (var group = ZarrGroup.Create(temporary["g"], []))
        {
            var array = group.CreateArray<float>("a", ["i"], [count], [], [1]);
            group.Consolidate();
            for (var round = 0; round < 2; round++)
                for (var i = 0; i < count; i++)
                    array.Write([i], [1], [i + round]);
            group.Sync();
        }
        using var opened = ZarrGroup.Open(temporary["g"]);
        Assert.Equal(Enumerable.Range(0, count).Select(i => i + 1f), opened.OpenArray<float>("a").ReadAll());
    }

    [Fact]
    public void What_was_never_written_reads_as_NaN_within_a_chunk_and_where_none_is()
    {
        using var group = ZarrGroup.Create(temporary["g"], []);
        var array = group.CreateArray<float>("a", ["i", "t"], [4, 3], [], [2, 3]);
        group.Consolidate();
        array.Write([0, 0], [1, 3], [1, 2, 3]);
        Assert.Equal([1, 2, 3, .. Enumerable.Repeat(float.NaN, 9)], array.ReadAll());
        array.Blank([0, 2], [4, 1]);
        Assert.Equal([1, 2, .. Enumerable.Repeat(float.NaN, 10)], array.ReadAll());
        Assert.False(File.Exists(Path.Combine(temporary["g"], "a", "1.0")));
    }

    [Theory]
    [InlineData(1000, 1001, 202)]
    [InlineData(10_000, 1001, 202)]
    [InlineData(1_000_000, 801, 202)]
    [InlineData(10, 8001, 202)]
    [InlineData(1, 100_001, 64)]
    [InlineData(10_000, 1001, 2)]
    [InlineData(100_000, 12, 1)]
    [InlineData(65, 1100, 1_000_000)]
    public void Few_members_share_a_chunk_of_some_time_so_that_files_stay_few(long members, long frames, long cells)
    {
        var chunks = ChunkGrid.MembersByTime([members, frames, cells], 4);
        Assert.Equal(cells, chunks[2]);
        Assert.InRange(chunks[0], 1, members);
        Assert.InRange(chunks[1], 1, frames);
        var most = members * frames * cells * 4 < ChunkGrid.FewChunks * ChunkGrid.LargeChunkBytes ? ChunkGrid.FewChunks : ChunkGrid.MostChunks;
        Assert.InRange(Pieces(members, chunks[0]) * Pieces(frames, chunks[1]), 1, most * 3 / 2);
        Assert.True(chunks[0] <= ChunkGrid.MembersOfChunk || chunks[1] == frames); // members wait for one another only where files would be tiny
        // Hardly anything is reserved beyond the ends of the array: less than a member or a frame a piece.
        Assert.True(Pieces(members, chunks[0]) * chunks[0] - members < Pieces(members, chunks[0]));
        Assert.True(Pieces(frames, chunks[1]) * chunks[1] - frames < Pieces(frames, chunks[1]));

        static long Pieces(long length, long piece) => (length + piece - 1) / piece;
    }

    [Theory]
    [InlineData(65, 11, 10_000_000, 1)]
    [InlineData(65, 11, 1 << 18, 1)]
    [InlineData(65, 11, (1 << 18) - 1, 33)] // two chunks along the members
    public void Large_frames_are_chunks_by_themselves(long members, long frames, long cells, long expected)
    {
        var chunks = ChunkGrid.MembersByTime([members, frames, cells], 4);
        Assert.Equal([expected, 1, cells], chunks);
    }

    /// <summary>The system counts the bytes that this thread writes; filling the chunk with NaN before would double them.</summary>
    [Fact]
    public void A_chunk_that_is_written_whole_is_written_once()
    {
        var data = Enumerable.Range(0, 4 << 20).Select(i => (float)i).ToArray();
        using var group = ZarrGroup.Create(temporary["g"], []);
        var array = group.CreateArray<float>("a", ["member", "x"], [2, data.Length], [], [1, data.Length]);
        var before = Written();
        array.Write([1, 0], [1, data.Length], data);
        Assert.InRange(Written() - before, 16L << 20, 17L << 20);
        var back = new float[data.Length];
        array.Read([1, 0], [1, data.Length], back);
        Assert.Equal(data, back);
        Assert.False(File.Exists(Path.Combine(temporary["g"], "a", "0.0")));

        static long Written() => long.Parse(
            File.ReadLines("/proc/thread-self/io").First(line => line.StartsWith("wchar", StringComparison.Ordinal))[6..],
            CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Text_and_attributes_come_back()
    {
        using (var group = ZarrGroup.Create(temporary["g"], new JsonObject { ["title"] = "t" }))
        {
            group.CreateStrings("s", "n", ["a", "Größe", ""], new JsonObject { ["long_name"] = "names" });
            group.Consolidate();
        }
        using var opened = ZarrGroup.Open(temporary["g"]);
        Assert.Equal(["a", "Größe", ""], opened.ReadStrings("s"));
        Assert.Equal("t", opened.Attributes["title"]!.GetValue<string>());
        Assert.Equal("names", opened.AttributesOf("s")["long_name"]!.GetValue<string>());
    }

    [Fact]
    public void Errors_say_what_is_there()
    {
        using var group = ZarrGroup.Create(temporary["g"], []);
        var array = group.CreateArray<float>("a", ["i"], [4], []);
        Assert.Contains("leaves the array of shape (4)", Assert.Throws<ArgumentException>(() => array.Write([3], [2], [1, 2])).Message);
        Assert.Contains("3 elements", Assert.Throws<ArgumentException>(() => array.Write([0], [2], [1, 2, 3])).Message);
        Assert.Contains("'<f4'", Assert.Throws<InvalidDataException>(() => group.OpenArray<int>("a")).Message);
        Assert.Contains("It has: a", Assert.Throws<InvalidDataException>(() => group.OpenArray<int>("b")).Message);
        Assert.Contains(".zmetadata", Assert.Throws<InvalidDataException>(() => ZarrGroup.Open(temporary["g"])).Message);
    }

    [Fact]
    public void A_chunk_that_was_cut_short_is_named_on_reading_and_made_whole_on_writing()
    {
        using var group = ZarrGroup.Create(temporary["g"], []);
        var array = group.CreateArray<float>("a", ["i"], [40_000], []);
        group.Consolidate();
        File.WriteAllBytes(Path.Combine(temporary["g"], "a", "0"), new byte[6]);
        Assert.Contains("ends at byte 6", Assert.Throws<IOException>(array.ReadAll).Message);
        array.Write([39_999], [1], [3]);
        Assert.Equal([0, .. Enumerable.Repeat(float.NaN, 39_998), 3], array.ReadAll());
    }

    public void Dispose() => temporary.Dispose();
}
