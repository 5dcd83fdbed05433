using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Files;

namespace LedCluster.Storage.Forecasts;

/// <summary>
/// Where, when and by what a run was begun: <c>provenance.json</c>, and attributes of its output of the same names. They alone of all in an
/// output differ between two runs of one spec.
/// </summary>
/// <param name="History">What was done, in a line that begins with the date, as the CF conventions have it.</param>
/// <param name="DateCreated">Date and time, ISO 8601, UTC.</param>
/// <param name="Host">Name of the machine.</param>
/// <param name="ProgramVersion">Version of the program.</param>
/// <param name="Commit">Commit that it was built from; null when it was built without one.</param>
/// <param name="Platform">Runtime, operating system and processor architecture.</param>
public sealed record Provenance(string History, string DateCreated, string Host, string ProgramVersion, string? Commit, string Platform)
{
    private static readonly JsonSerializerOptions Json = new(StrictJson.Options()) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly string[] Names = [.. typeof(Provenance).GetProperties().Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];

    /// <summary>Reads that of a run; null when it has none, as runs of earlier versions.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public static Provenance? Read(string run)
    {
        var path = PathIn(run);
        try
        {
            return File.Exists(path) ? StrictJson.ReadFile<Provenance>(path, Json) : null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' cannot be read: {error.Message} Restore it from a copy.", error);
        }
    }

    /// <summary>Writes it into a run directory.</summary>
    public void Write(string run) => Disk.WriteAtomically(PathIn(run), JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>As attributes of an output.</summary>
    internal JsonObject Attributes => JsonSerializer.SerializeToNode(this, Json)!.AsObject();

    /// <summary>The bytes of a file of an output without what tells of its making, so that outputs of one spec can be compared.</summary>
    /// <param name="name">Path of the file within the output.</param>
    /// <param name="bytes">Its bytes.</param>
    public static byte[] Without(string name, byte[] bytes)
    {
        if (name is not (".zattrs" or ".zmetadata"))
            return bytes;
        var content = StrictJson.ReadObject(bytes);
        foreach (var attribute in Names)
            (name == ".zattrs" ? content : content["metadata"]![".zattrs"]!.AsObject()).Remove(attribute);
        return Encoding.UTF8.GetBytes(content.ToJsonString());
    }

    private static string PathIn(string run) => Path.Combine(run, "provenance.json");
}
