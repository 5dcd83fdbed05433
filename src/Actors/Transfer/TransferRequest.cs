using LedCluster.Domain.Wire;

namespace LedCluster.Actors.Transfer;

/// <summary>
/// A request for a run's setup, or for a cohort's state. Little-endian: the tag <c>LCX1</c>, the run as text, then epoch, serial
/// and leg index as 32-bit integers. The answer is 1 or 0 as a 32-bit integer, then the setup or the cohort, if it is there.
/// An outcome is sent as it is, without a request; its answer is 1.
/// </summary>
/// <param name="Run">The run.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Serial">The trajectory; 0 for the setup.</param>
/// <param name="Leg">Index of the leg that is to be run.</param>
internal sealed record TransferRequest(RunId Run, int Epoch, int Serial, int Leg)
{
    private const string Tag = "LCX1";

    /// <summary>Writes the request.</summary>
    public ByteWriter Write() => new ByteWriter(Tag).Text(Run.Value, RunId.Longest).Int(Epoch).Int(Serial).Int(Leg);

    /// <summary>Whether bytes are a request.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.StartsWith("LCX"u8);

    /// <summary>Decodes a request.</summary>
    /// <exception cref="FormatException">The bytes are not a whole request of a known form.</exception>
    public static TransferRequest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a request");
        var request = new TransferRequest(new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Int(), reader.Int());
        reader.End();
        return request;
    }
}
