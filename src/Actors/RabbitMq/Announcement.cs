using LedCluster.Domain.Wire;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// A coordinator's sign of life, told to all nodes about once a second. Little-endian: the tag <c>LCA1</c>, the run as
/// text, the epoch as a 32-bit integer, and the hash of the run's setup as text.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Epoch">Epoch of its coordinator.</param>
/// <param name="SetupHash">SHA-256 of the setup message that waits in the run's setup queue, lower-case hexadecimal.</param>
public sealed record Announcement(RunId Run, int Epoch, string SetupHash)
{
    private const string Tag = "LCA1";
    private const int HashLength = 64;

    /// <summary>Encodes the announcement.</summary>
    /// <returns>The bytes, in memory that goes back to a pool when it is disposed of.</returns>
    public ByteWriter Encode() => new ByteWriter(Tag).Text(Run.Value, RunId.Longest).Int(Epoch).Text(SetupHash, HashLength);

    /// <summary>Decodes an announcement.</summary>
    /// <exception cref="FormatException">The bytes are not a whole announcement of a known form.</exception>
    public static Announcement Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "an announcement");
        var announcement = new Announcement(new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Text(HashLength));
        reader.End();
        return announcement;
    }
}
