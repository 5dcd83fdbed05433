using System.Text;
using LedCluster.Domain.Npy;
using LedCluster.Storage.Npy;

namespace LedCluster.Storage.Tests;

public sealed class NpyTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    [Theory]
    [InlineData(NpyType.Float32)]
    [InlineData(NpyType.Float64)]
    public void Round_trip_by_appending_and_by_regions_out_of_order(NpyType type)
    {
        double[] data = [.. Enumerable.Range(0, 24).Select(i => i * 0.5)];
        using (var writer = NpyWriter.Create(temporary["a.npy"], [2, 3, 4], type))
        {
            writer.Append(data.AsSpan(0, 10));
            writer.Append(data[10..].Select(x => (float)x).ToArray());
            Assert.False(File.Exists(temporary["a.npy"]));
            writer.Complete();
        }
        using (var writer = NpyWriter.Create(temporary["b.npy"], [2, 3, 4], type))
        {
            writer.Write(7, data.AsSpan(7));
            writer.Write(0, data.AsSpan(0, 7));
            writer.Complete();
        }
        var (shape, read, _) = NpyFile.ReadDoubles(temporary["a.npy"]);
        Assert.Equal([2, 3, 4], shape);
        Assert.Equal(data, read);
        Assert.Equal(File.ReadAllBytes(temporary["a.npy"]), File.ReadAllBytes(temporary["b.npy"]));
        Assert.Empty(Directory.GetFiles(temporary.Path, "*.tmp"));
    }

    [Fact]
    public void Numpy_reads_what_is_written_and_is_read_in_both_versions()
    {
        using (var writer = NpyWriter.Create(temporary["a.npy"], [5], NpyType.Float32))
        {
            writer.Append([1f, 2f, 3f, 4f, float.NaN]);
            writer.Complete();
        }
        Python.Run(
            "import sys, numpy as np; a = np.load(sys.argv[1]); assert a.dtype == '<f4' and a.shape == (5,) and a[3] == 4 and np.isnan(a[4]); " +
            "np.lib.format.write_array(open(sys.argv[2], 'wb'), np.arange(6.).reshape(2, 3), version=(2, 0)); np.save(sys.argv[3], np.float64(7))",
            temporary["a.npy"], temporary["b.npy"], temporary["c.npy"]);
        var (shape, data, _) = NpyFile.ReadDoubles(temporary["b.npy"]);
        Assert.Equal([2, 3], shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], data);
        (shape, data, _) = NpyFile.ReadDoubles(temporary["c.npy"]);
        Assert.Empty(shape);
        Assert.Equal([7], data);
    }

    /// <summary>numpy writes each kind of array twice: as it is, and as float64 in C order, which is what must be read of the first.</summary>
    [Fact]
    public void Every_number_format_order_and_version_is_converted_as_numpy_does_and_told_in_a_sentence()
    {
        Python.Run(
            """
            import sys, numpy as np
            values = np.array([0, 1, 2, 3, 100, 5, 127, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]).reshape(2, 3, 4)
            np.save(f'{sys.argv[1]}/expected.npy', values.astype('<f8'))
            for kind in ['|i1', '|u1', *[order + name for order in '<>' for name in ['i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'f2', 'f4', 'f8']]]:
                for order in 'CF':
                    for version in [(1, 0), (2, 0), (3, 0)]:
                        name = kind.replace('|', '-').replace('<', 'l').replace('>', 'b')
                        with open(f'{sys.argv[1]}/{name}_{order}_{version[0]}.npy', 'wb') as file:
                            np.lib.format.write_array(file, np.asarray(values.astype(kind), order=order), version=version)
            np.save(f'{sys.argv[1]}/half.npy', np.array([65504, 6e-8, -0.1, np.inf, np.nan], '<f2'))
            np.save(f'{sys.argv[1]}/half_expected.npy', np.array([65504, 6e-8, -0.1, np.inf, np.nan], '<f2').astype('<f8'))
            np.save(f'{sys.argv[1]}/int64.npy', np.array([2**53, 2**53 + 1, -2**53 - 1, 2**62, 2**63 - 1, -2**63], '>i8'))
            np.save(f'{sys.argv[1]}/uint64.npy', np.array([2**53, 2**64 - 1, 2**63], '<u8'))
            """, temporary.Path);
        var expected = NpyFile.ReadDoubles(temporary["expected.npy"]);
        var files = Directory.GetFiles(temporary.Path, "*_*_*.npy");
        Assert.Equal(20 * 2 * 3, files.Length);
        foreach (var file in files)
        {
            var (shape, data, conversion) = NpyFile.ReadDoubles(file);
            Assert.True(expected.Shape.SequenceEqual(shape) && expected.Data.SequenceEqual(data), file);
            var (isBig, isFortran, is3) = (Path.GetFileName(file)[0] == 'b', file.Contains("_F_"), file.Contains("_3."));
            Assert.True(isBig == (conversion?.Contains("big-endian") ?? false), conversion);
            Assert.True(isFortran == (conversion?.Contains("in Fortran order") ?? false), conversion);
            Assert.True(is3 == (conversion?.Contains("format 3.0") ?? false), conversion);
            var exact = conversion?.EndsWith("all values exactly.", StringComparison.Ordinal) ?? (file.Contains("lf4") || file.Contains("lf8"));
            Assert.True(exact, conversion);
        }
        Assert.Equal(NpyFile.ReadDoubles(temporary["half_expected.npy"]).Data, NpyFile.ReadDoubles(temporary["half.npy"]).Data);
        var (_, large, rounding) = NpyFile.ReadDoubles(temporary["int64.npy"]);
        Assert.Equal([9007199254740992, 9007199254740992, -9007199254740992, 4611686018427387904, 9223372036854775808, -9223372036854775808], large);
        Assert.EndsWith("int64.npy' holds big-endian int64: read as float64, 3 of 6 values, which are beyond 2^53, rounded to the nearest.", rounding);
        Assert.Contains("1 of 3 values", NpyFile.ReadDoubles(temporary["uint64.npy"]).Conversion);
    }

    [Theory]
    [InlineData("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", "a dtype of a structured kind")]
    [InlineData("{'descr': '|V8', 'fortran_order': False, 'shape': (1,), }", "dtype '|V8'", "astype('<f8')")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "dtype '<c8'")]
    [InlineData("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "at character 18: the key 'descr' is duplicated")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,), }", "the key 'shape' is duplicated")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", "'more' is no key")]
    [InlineData("{'descr': '<f8', 'shape': (1,), }", "'fortran_order' is missing")]
    [InlineData("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }", "True or False is expected")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1), }", "a comma is expected")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "a length from 0 is expected")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } {}", "something follows")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "which no array can have")]
    [InlineData("x = {'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "at character 1: '{' is expected")]
    public void A_header_that_is_not_wholly_understood_is_refused_with_what_is_wrong_and_where(string header, params string[] expected)
    {
        WriteRaw(temporary["a.npy"], header, 8);
        var message = Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary["a.npy"])).Message;
        Assert.Contains("a.npy", message);
        Assert.All(expected, part => Assert.Contains(part, message));
    }

    [Fact]
    public void Bytes_after_the_elements_are_refused()
    {
        WriteRaw(temporary["a.npy"], "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 9);
        Assert.Contains("1 bytes more", Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary["a.npy"])).Message);
        using var pipe = new Unseekable(File.ReadAllBytes(temporary["a.npy"]));
        Assert.Contains("more than shape (1)", Assert.Throws<InvalidDataException>(() => NpyFile.Read(pipe, "-")).Message);
    }

    [Fact]
    public void A_pipe_is_read_as_it_comes_and_takes_memory_as_it_comes()
    {
        double[] data = [.. Enumerable.Range(0, 200_000).Select(i => i * 0.5)];
        using (var writer = NpyWriter.Create(temporary["a.npy"], [2, 100_000], NpyType.Float32))
        {
            writer.Append(data);
            writer.Complete();
        }
        var whole = File.ReadAllBytes(temporary["a.npy"]);
        using var pipe = new Unseekable(whole);
        Assert.Equal(data, NpyFile.Read(pipe, "-").Data);
        using var cut = new Unseekable(whole[..^1]);
        Assert.Contains("799,999 are there", Assert.Throws<InvalidDataException>(() => NpyFile.Read(cut, "-")).Message);

        WriteRaw(temporary["b.npy"], "{'descr': '<f8', 'fortran_order': False, 'shape': (2000000000,), }", 8);
        using var boast = new Unseekable(File.ReadAllBytes(temporary["b.npy"]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => NpyFile.Read(boast, "-"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Fact]
    public void What_is_no_file_is_called_what_it_is()
    {
        Assert.Contains("is a directory", Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary.Path)).Message);
        Assert.Contains("does not exist", Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary["none"])).Message);
    }

    [Fact]
    public void Truncated_files_are_refused_at_every_length()
    {
        using (var writer = NpyWriter.Create(temporary["a.npy"], [2], NpyType.Float64))
            writer.Complete();
        var whole = File.ReadAllBytes(temporary["a.npy"]);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(temporary["b.npy"], whole[..length]);
            var message = Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary["b.npy"])).Message;
            Assert.Contains(length < 8 ? "not a .npy file" : "truncated", message);
        }
    }

    [Fact]
    public void A_region_beyond_the_shape_is_refused_and_nothing_is_left()
    {
        using (var writer = NpyWriter.Create(temporary["a.npy"], [4], NpyType.Float32))
            Assert.Contains("which has 4", Assert.Throws<ArgumentException>(() => writer.Write(3, [1f, 2f])).Message);
        Assert.Empty(Directory.GetFiles(temporary.Path));
    }

    [Fact]
    public void A_full_disk_is_named_with_the_file_and_the_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        File.CreateSymbolicLink(temporary["a.npy.tmp"], "/dev/full");
        var message = Assert.Throws<IOException>(() => NpyWriter.Create(temporary["a.npy"], [4], NpyType.Float32)).Message;
        Assert.Contains("128 bytes", message);
        Assert.Contains("a.npy.tmp", message);
        Assert.Contains("the disk is full", message);
    }

    public void Dispose() => temporary.Dispose();

    /// <summary>Bytes as a pipe brings them: a few at a time, and no way back.</summary>
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1009)]);
    }

    private static void WriteRaw(string path, string header, int dataBytes)
    {
        var text = Encoding.ASCII.GetBytes(header + "\n");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. new byte[dataBytes]]);
    }
}
