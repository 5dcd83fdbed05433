using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using RabbitMQ.Client;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// The checksum that every message carries beside its bytes, so that one whose bytes were changed on the way is told from
/// one that is as it was sent: CRC-32C of each quarter of the body (whole words; the last one takes the rest), 32 hexadecimal
/// digits in the header <c>x-led-crc32c</c>. Four at once, because a processor starts one step while it waits for another.
/// </summary>
public static class MessageSeal
{
    /// <summary>Name of the header.</summary>
    public const string Header = "x-led-crc32c";

    /// <summary>
    /// Priority of messages that overtake others. Classic queues of a run know two, and take any above 1 for 1; quorum queues
    /// of RabbitMQ 3 know none.
    /// </summary>
    internal const byte Overtaking = 5;

    /// <summary>Properties of a persistent message with its checksum.</summary>
    /// <param name="body">The message.</param>
    /// <param name="reason">Why it is set aside; null when it is not.</param>
    /// <param name="overtakes">Whether it goes before messages that wait already.</param>
    public static BasicProperties Seal(ReadOnlySpan<byte> body, string? reason = null, bool overtakes = false)
    {
        var headers = new Dictionary<string, object?> { [Header] = Checksum(body) };
        if (reason is not null)
            headers["x-led-reason"] = reason;
        var properties = new BasicProperties { Persistent = true, Type = "led", Headers = headers };
        if (overtakes)
            properties.Priority = Overtaking;
        return properties;
    }

    /// <summary>Checks a message against its checksum.</summary>
    /// <exception cref="FormatException">It has none, or another.</exception>
    public static void Check(IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body)
    {
        if (properties.Headers?.TryGetValue(Header, out var value) != true || value is not byte[] given)
            throw new FormatException($"A message of {body.Length} bytes has no checksum in its header {Header}: it is not from LedCluster.");
        if (Encoding.ASCII.GetString(given) is var expected && Checksum(body) is var actual && expected != actual)
            throw new FormatException($"A message of {body.Length} bytes has the checksum {actual}, its header says {expected}: its bytes were changed.");
    }

    private static string Checksum(ReadOnlySpan<byte> body)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(body);
        var quarter = words.Length / 4;
        var (a, b, c, d) = (uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue);
        for (var i = 0; i < quarter; i++)
        {
            a = BitOperations.Crc32C(a, words[i]);
            b = BitOperations.Crc32C(b, words[quarter + i]);
            c = BitOperations.Crc32C(c, words[(2 * quarter) + i]);
            d = BitOperations.Crc32C(d, words[(3 * quarter) + i]);
        }
        foreach (var word in words[(4 * quarter)..])
            d = BitOperations.Crc32C(d, word);
        foreach (var rest in body[(words.Length * sizeof(ulong))..])
            d = BitOperations.Crc32C(d, rest);
        return string.Create(CultureInfo.InvariantCulture, $"{~a:x8}{~b:x8}{~c:x8}{~d:x8}");
    }
}
