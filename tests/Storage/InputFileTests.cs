using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
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
    [InlineData("{\"a\":\"\\ud800\"}", "Line 1, column 6: a text is not Unicode")]
    [InlineData("{\"a\":\"\u00ff\"}", "UTF-8")]
    [InlineData("{\"a\":-1e999}", "Line 1, column 6: a number is beyond the range of float64")]
    [InlineData("", "not valid JSON")]
    [InlineData("{\n  \"a\": 1,\n}", "Line 3, column 1: a comma stands before the end of the object. Leave it out.")]
    [InlineData("{\"a\": [1,]}", "Line 1, column 10: a comma stands before the end of the list. Leave it out.")]
    [InlineData("{\n  \"a\" 1}", "Line 2, column 7: '1' is invalid after a property name. Expected a ':'.")]
    [InlineData("{\"a\": 1 \"b\": 2}", "Line 1, column 9: '\"' is invalid after a value.")]
    [InlineData("{\"a\": NaN}", "Line 1, column 7: 'N' begins no value; JSON has no NaN")]
    [InlineData("{\n// a\n}", "Line 2, column 1: ")]
    [InlineData("{\"a\": \"b\n\"}", "a line ends within a text")]
    [InlineData("{\"a\": {", "the text ends before all lists and objects are closed")]
    [InlineData("{\"\u00c3\u00a9\": x}", "Line 1, column 7: 'x'")] // columns are letters, not bytes
    [InlineData("{\"a\": [1}", "'}' closes what was not opened so")]
    public void JSON_that_is_not_wholly_understood_is_an_error(string text, string expected) => Assert.Contains(
        expected, PlainWords(Assert.ThrowsAny<JsonException>(() => StrictJson.ReadObject(Encoding.Latin1.GetBytes(text))).Message));

    /// <summary>A message that tells nothing of the library.</summary>
    private static string PlainWords(string message)
    {
        Assert.DoesNotMatch(
            "LineNumber|BytePosition|isFinalBlock|reader options|in this mode|deserialization|System\\.|LedCluster|\\.NET|discriminator",
            message);
        return message;
    }

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
    [InlineData("""{"on":true,"count":1,"kind":"none","part":{"value":1,"valu":2}}""", "'valu' is not known in 'part'. Known there, the nearest first: value.")]
    [InlineData("""{"on":true,"count":1,"kind":"none","cuont":2}""", "'cuont' is not known. Known there, the nearest first: count, on, kind, part, shapes.")]
    [InlineData(
        """{"on":true,"count":1,"kind":"none","shapes":{"a":[{"form":"disc"}]}}""",
        "The form of 'shapes.a[0]' is 'disc'. Known are, the nearest first: disk, square.")]
    [InlineData("""{"on":true,"count":1,"kind":"none","shapes":{"a":[{"radius":1}]}}""", "The form of 'shapes.a[0]' is missing. Known are disk, square.")]
    [InlineData(
        """{"on":true,"count":1,"kind":"none","shapes":{"a":[{"form":"disk","radus":1}]}}""",
        "'radus' is not known in 'shapes.a[0]'. Known there, the nearest first: radius.")]
    [InlineData("""{"on":true,"count":1,"kind":"none","shapes":{"a":[{"form":"disk","radius":"1"}]}}""", "'shapes.a[0].radius' must be a number.")]
    [InlineData("""{"on":true,"count":1,"kind":"none","shapes":3}""", "'shapes' must be an object.")]
    [InlineData("""{"on":true}""", "'count', 'kind' are missing.")]
    [InlineData("[]", "It must be an object.")]
    public void What_is_wrong_with_JSON_is_told_without_types_of_the_program(string text, string expected) => Assert.Equal(
        expected, PlainWords(Assert.ThrowsAny<JsonException>(() => StrictJson.Read<Settings>(Encoding.UTF8.GetBytes(text), StrictJson.Options())).Message));

    private sealed record Settings(bool On, int Count, Runs.RunHold Kind, Part? Part = null, Dictionary<string, Shape[]>? Shapes = null);

    [JsonPolymorphic(TypeDiscriminatorPropertyName = "form")]
    [JsonDerivedType(typeof(Round), "disk")]
    [JsonDerivedType(typeof(Square), "square")]
    private abstract record Shape;

    private sealed record Round(double Radius = 1) : Shape;

    private sealed record Square(double Side = 1) : Shape;

    private sealed record Part(double? Value);
}
