using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("led-weights-").FullName;

    private string Sample()
    {
        var path = Path.Combine(directory, "w.safetensors");
        Safetensors.Write(path, new Dictionary<string, (long[], float[])> { ["b"] = ([2, 2], [1, 2, 3, 4]), ["a"] = ([1], [0.5f]) });
        return path;
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Arrays_round_trip()
    {
        var back = Safetensors.Read(Sample());
        Assert.Equal(["a", "b"], back.Keys.Order());
        Assert.Equal([2L, 2], back["b"].Shape);
        Assert.Equal([1f, 2, 3, 4], back["b"].Values);
    }

    [Fact]
    public void Every_truncation_is_an_error_that_names_the_file()
    {
        var path = Sample();
        var bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message);
        }
    }

    [Fact]
    public void Another_type_than_float32_is_refused_with_what_to_do()
    {
        var path = Sample();
        File.WriteAllText(path, File.ReadAllText(path, System.Text.Encoding.Latin1).Replace("F32", "F16"), System.Text.Encoding.Latin1);
        Assert.Contains("convert the weights to float32", Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message);
    }
}
