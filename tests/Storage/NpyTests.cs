using System.Text;
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
        var (shape, read) = NpyFile.ReadDoubles(temporary["a.npy"]);
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
        var (shape, data) = NpyFile.ReadDoubles(temporary["b.npy"]);
        Assert.Equal([2, 3], shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], data);
        (shape, data) = NpyFile.ReadDoubles(temporary["c.npy"]);
        Assert.Empty(shape);
        Assert.Equal([7], data);
    }

    [Theory]
    [InlineData("'<i8'", "False", "astype('<f8')")]
    [InlineData("'>f8'", "False", "'>f8'")]
    [InlineData("'<f8'", "True", "ascontiguousarray")]
    [InlineData("[('a', '<f8')]", "False", "structured")]
    public void Other_formats_are_refused_with_the_fix(string descr, string fortran, string expected)
    {
        WriteRaw(temporary["a.npy"], $"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': (1,), }}", 8);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => NpyFile.ReadDoubles(temporary["a.npy"])).Message);
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
            Assert.Contains(length < 10 ? "not a .npy file" : "truncated", message);
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

    private static void WriteRaw(string path, string header, int dataBytes)
    {
        var text = Encoding.ASCII.GetBytes(header + "\n");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. new byte[dataBytes]]);
    }
}
