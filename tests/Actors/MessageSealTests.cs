using LedCluster.Actors.RabbitMq;
using System.Text;
using RabbitMQ.Client;

namespace LedCluster.Actors.Tests;

public class MessageSealTests
{
    [Fact]
    public void A_message_with_any_one_bit_changed_is_told_from_the_one_that_was_sent()
    {
        byte[] body = [.. Enumerable.Range(0, 75).Select(i => (byte)i)]; // four quarters of words, and a rest
        var properties = Received(MessageSeal.Seal(body));
        MessageSeal.Check(properties, body);
        for (var bit = 0; bit < 8 * body.Length; bit++)
        {
            var damaged = (byte[])body.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Contains("bytes were changed", Assert.Throws<FormatException>(() => MessageSeal.Check(properties, damaged)).Message);
        }
        Assert.Throws<FormatException>(() => MessageSeal.Check(properties, body[..^1]));
    }

    [Fact]
    public void The_checksum_is_CRC_32C() =>
        Assert.Equal("000000000000000000000000e3069283", MessageSeal.Seal("123456789"u8).Headers![MessageSeal.Header]); // the check value that catalogues of CRCs list

    [Fact]
    public void A_message_without_checksum_is_foreign() =>
        Assert.Contains("not from LedCluster", Assert.Throws<FormatException>(() => MessageSeal.Check(new BasicProperties(), [1])).Message);

    /// <summary>A client hands out texts of headers as bytes.</summary>
    private static BasicProperties Received(BasicProperties sent) =>
        new() { Headers = sent.Headers!.ToDictionary(h => h.Key, h => (object?)Encoding.ASCII.GetBytes((string)h.Value!)) };
}
