using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;
using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    /// <summary>The test ends, which it would not if a pipe without a writer were opened.</summary>
    [Fact]
    public void Pipes_devices_and_what_links_to_them_are_no_regular_files_and_are_not_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        using (var make = Process.Start("mkfifo", [temporary["pipe"]]))
            make.WaitForExit();
        File.CreateSymbolicLink(temporary["link"], "pipe");
        File.CreateSymbolicLink(temporary["loop"], "loop");
        File.WriteAllText(temporary["file"], "{}");
        File.CreateSymbolicLink(temporary["good"], "file");
        foreach (var path in (string[])[temporary["pipe"], temporary["link"], "/dev/zero", temporary["loop"], temporary["none"], temporary.Path])
        {
            Assert.False(InputFile.IsRegular(path));
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => InputFile.ReadRegular(path)).Message);
            Assert.Throws<JsonException>(() => StrictJson.ReadObjectFile(path));
        }
        Assert.Contains("is a named pipe; a regular file is expected", InputFile.RegularFault(temporary["link"]));
        Assert.Contains("is a device", InputFile.RegularFault("/dev/zero"));
        Assert.Contains("is a directory", InputFile.RegularFault(temporary.Path));
        Assert.Equal("{}"u8.ToArray(), InputFile.ReadRegular(temporary["good"]));
        Assert.Throws<InvalidDataException>(() => Journal.Read(temporary["pipe"]));
        Assert.Throws<IOException>(() => Disk.Open(temporary["pipe"], FileMode.Open, FileAccess.Read));
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":1}", "Duplicate property 'a'")]
    [InlineData("{\"a\":{\"b\":[{\"c\":1,\"d\":0,\"\\u0063\":2}]}}", "Duplicate property 'c'")]
    [InlineData("[]", "not an object")]
    [InlineData("{} {}", "'{'")]
    [InlineData("{\"a\":\"\\ud800\"}", "BytePosition: 5")]
    [InlineData("{\"a\":\"\u00ff\"}", "UTF-8")]
    [InlineData("{\"a\":-1e999}", "beyond the range of float64. BytePosition: 5")]
    [InlineData("", "JSON")]
    public void JSON_that_is_not_wholly_understood_is_an_error(string text, string expected) => Assert.Contains(
        expected, Assert.ThrowsAny<JsonException>(() => StrictJson.ReadObject(Encoding.Latin1.GetBytes(text))).Message);

    [Theory]
    [InlineData("""{"size":1,"name":"n","size":1}""", "'size'")]
    [InlineData("""{"size":1,"name":"n","Size":1}""", "'Size'")]
    [InlineData("""{"size":1,"name":"n","colour":1}""", "'colour'")]
    [InlineData("""{"size":1}""", "'name'")]
    [InlineData("""{"size":1,"name":null}""", "name")]
    [InlineData("""{"size":"1","name":"n"}""", "'size' must be a whole number")]
    [InlineData("""{"size":1,000,"name":"n"}""", "'0'")]
    [InlineData("""{"size":1,"name":"n","day":3}""", "'day' must be \"sunday\" or \"monday\"")]
    [InlineData("""{"size":1,"name":"n","day":"someday"}""", "'day' must be \"sunday\" or \"monday\"")]
    [InlineData("null", "null")]
    public void A_value_of_other_keys_or_kinds_is_an_error(string text, string expected)
    {
        var options = StrictJson.Options();
        Assert.Contains(expected, Assert.ThrowsAny<JsonException>(() => StrictJson.Read<Thing>(Encoding.UTF8.GetBytes(text), options)).Message);
        Assert.Equal(new Thing(1, "n", DayOfWeek.Friday), StrictJson.Read<Thing>("\uFEFF{\"size\":1,\"name\":\"n\",\"day\":\"friday\"}"u8.ToArray(), options));
    }

    public void Dispose() => temporary.Dispose();

    private sealed record Thing(int Size, string Name, DayOfWeek Day = DayOfWeek.Monday);

    [Theory]
    [InlineData("""{"on":"yes","count":1,"kind":"none"}""", "'on' must be true or false.")]
    [InlineData("""{"on":1,"count":1,"kind":"none"}""", "'on' must be true or false.")]
    [InlineData("""{"on":true,"count":1.5,"kind":"none"}""", "'count' must be a whole number.")]
    [InlineData("""{"on":true,"count":1,"kind":"some"}""", "'kind' must be \"none\" or \"queued\" or \"recording\".")]
    [InlineData("""{"on":true,"count":1,"kind":"none","part":{"value":"1"}}""", "'part.value' must be a number.")]
    [InlineData("""{"on":true,"count":1,"kind":"none","part":{"value":1,"valu":2}}""", "'valu' is not known in 'part'.")]
    [InlineData("""{"on":true}""", "'count', 'kind' are missing.")]
    [InlineData("[]", "It must be an object.")]
    public void What_is_wrong_with_JSON_is_told_without_types_of_the_program(string text, string expected) => Assert.Equal(
        expected, Assert.ThrowsAny<JsonException>(() => StrictJson.Read<Settings>(Encoding.UTF8.GetBytes(text), StrictJson.Options())).Message);

    private sealed record Settings(bool On, int Count, Runs.RunHold Kind, Part? Part = null);

    private sealed record Part(double? Value);
}
