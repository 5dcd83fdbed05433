using System.Buffers.Binary;
using System.Text;
using LedCluster.Models.Checkpoints;

namespace LedCluster.Models.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("led-weights-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Arrays_round_trip()
    {
        var back = Safetensors.Read(Sample(), "w");
        Assert.Equal(["a", "b"], back.Keys.Order());
        Assert.Equal([2L, 2], back["b"].Shape);
        Assert.Equal([1f, 2, 3, 4], back["b"].Values);
    }

    [Fact]
    public void Arrays_named_for_it_are_rounded_to_float16_unless_a_number_is_beyond_its_range()
    {
        var path = Path.Combine(directory, "half.safetensors");
        float[] values = [1, -0.1f, 1 + 1f / 4096, 65_504, 6e-8f, 0, float.Epsilon];
        Safetensors.Write(
            path,
            new Dictionary<string, (long[], float[])> { ["half"] = ([7], values), ["large"] = ([2], [1, 65_520]), ["whole"] = ([7], values) },
            new HashSet<string> { "half", "large" });
        var back = Safetensors.Read(path);
        Assert.Equal([1, -0.099975586f, 1, 65_504, 5.9604645e-8f, 0, 0], back["half"].Values);
        Assert.Equal([1f, 65_520], back["large"].Values);
        Assert.Equal(values, back["whole"].Values);
        var header = File.ReadAllText(path);
        Assert.Contains(
            """{"half":{"dtype":"F16","shape":[7],"data_offsets":[0,14]},"large":{"dtype":"F32","shape":[2],"data_offsets":[14,22]}"""
            + ""","whole":{"dtype":"F32","shape":[7],"data_offsets":[22,50]}}""",
            header);
    }

    [Fact]
    public void Every_truncation_is_an_error_that_names_the_file()
    {
        var bytes = Sample();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Contains("the.safetensors", Assert.Throws<InvalidDataException>(
                () => Safetensors.Read(bytes.AsMemory(0, length), "the.safetensors")).Message);
        Assert.Contains("1 bytes follow the last array", Assert.Throws<InvalidDataException>(() => Safetensors.Read((byte[])[.. bytes, 0], "w")).Message);
    }

    [Fact]
    public void Metadata_and_empty_arrays_are_allowed_and_the_order_of_names_is_free()
    {
        var back = Read(
            """{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"__metadata__":{"format":"pt"}"""
            + ""","none":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]},"a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}}   """,
            8);
        Assert.Equal(["a", "b", "none"], back.Keys.Order());
        Assert.Equal((0, 1), (back["none"].Values.Length, back["a"].Values.Length));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "Duplicate property 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}""", "Duplicate property 'shape'")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "'b' begins at byte 0",
        "ends at byte 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' begins at byte 4", "ends at byte 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes follow the last array")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "should end at byte 12 of the data, which have 8", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "'a' has 8 bytes, expected 12 for its shape [3]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}""", "'a' has a shape that is not an array of non-negative whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904,2],"data_offsets":[0,8]}}""", "expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "not an array of non-negative whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", "not an array of non-negative whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "data_offsets that are not two")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "data_offsets that are not two")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775808]}}""", "data_offsets that are not two")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "'a' is not described by dtype, shape and data_offsets")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"scale":2}}""",
        "'a' is not described by dtype, shape and data_offsets, and nothing else")]
    [InlineData("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", "'a' has the type \"F64\"", "convert the weights to float32")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", "'a' has 8 bytes, expected 4 for its shape [2]")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,8]}}""", "'a' has the type 7")]
    [InlineData("""{"__metadata__":{"format":1}}""", "'__metadata__' is not an object of strings")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "header cannot be read")]
    [InlineData(" {}", "does not begin with '{'")]
    [InlineData("[]", "does not begin with '{'")]
    [InlineData("{}{}", "header cannot be read")]
    public void A_header_that_is_not_wholly_understood_is_refused_with_what_is_wrong_and_where(string header, params string[] expected)
    {
        var message = Assert.Throws<InvalidDataException>(() => Read(header, 8)).Message;
        Assert.All(expected, part => Assert.Contains(part, message));
    }

    private byte[] Sample()
    {
        var path = Path.Combine(directory, "w.safetensors");
        Safetensors.Write(path, new Dictionary<string, (long[], float[])> { ["b"] = ([2, 2], [1, 2, 3, 4]), ["a"] = ([1], [0.5f]) });
        return File.ReadAllBytes(path);
    }

    private static Dictionary<string, (long[] Shape, float[] Values)> Read(string header, int dataBytes)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        return Safetensors.Read((byte[])[.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]], "w");
    }
}
