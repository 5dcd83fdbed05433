using LedCluster.Domain.Npy;
using LedCluster.Storage.Npy;
using LedCluster.Storage.Forecasts;

namespace LedCluster.Host.Tests;

/// <summary>A directory for the tests of one class, with a model that nobody trained; gone afterwards.</summary>
public sealed class Workplace : IDisposable
{
    private static int count;

    public Workplace() => RandomModel.Save(Model);

    /// <summary>The directory.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("ledcluster-host-").FullName;

    /// <summary>The model.</summary>
    public string Model => this["model"];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A name that no other test has.</summary>
    public string Fresh(string suffix = "") => this[$"{Interlocked.Increment(ref count)}{suffix}"];

    /// <summary>Writes a float64 array.</summary>
    public string Array(long[] shape, double[] values)
    {
        var path = Fresh(".npy");
        using var writer = NpyWriter.Create(path, shape, NpyType.Float64);
        writer.Append(values);
        writer.Complete();
        return path;
    }

    /// <summary>Initial conditions with the given uniform values of u; v is 0.</summary>
    public string Uniform(params double[] activator) =>
        Array([activator.Length, 2, 101], [.. activator.SelectMany(u => Enumerable.Repeat(u, 101).Concat(new double[101]))]);

    /// <summary>A disk that is soon full.</summary>
    public SmallDisk SmallDisk() => new(Directory.CreateDirectory(Fresh()).FullName);

    /// <summary>Every file below a directory with its bytes.</summary>
    public static SortedDictionary<string, byte[]> Content(string directory)
    {
        var content = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            content[System.IO.Path.GetRelativePath(directory, file)] = File.ReadAllBytes(file);
        return content;
    }

    /// <summary>Asserts that two runs left the same bytes in their output, but for the attributes that tell of its making.</summary>
    public static void AssertSameOutput(string expectedRun, string actualRun)
    {
        var (expected, actual) = (Content(System.IO.Path.Combine(expectedRun, "output.zarr")), Content(System.IO.Path.Combine(actualRun, "output.zarr")));
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, bytes) in expected)
            Assert.True(
                Provenance.Without(name, bytes).AsSpan().SequenceEqual(Provenance.Without(name, actual[name])),
                $"{name} differs between '{expectedRun}' and '{actualRun}'");
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
