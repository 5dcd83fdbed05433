using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Tests;

/// <summary>The messages of the nodes' administration.</summary>
public class NodeMessageTests
{
    private const string ReportBytes = "4C434E31" + "02000000" + "6E31" + "01000000" + "03000000" + "637075"
        + "03000000" + "0200000000000000" + "0300000000000000" + "0500000000000000"
        + "03000000" + "0000000000000000" + "0000000000000000" + "0000000001000000";

    private static readonly NodeReport Report = new("n1", NodeState.Draining, "cpu", new RoleLoad(2, 3, 5), new RoleLoad(0, 0, 1L << 32));

    [Fact]
    public void A_report_has_the_frozen_bytes_of_form_1() => AssertForm(Report, Report.Encode(), b => NodeReport.Decode(b), ReportBytes);

    [Fact]
    public void A_request_to_drain_has_the_frozen_bytes_of_form_1() =>
        AssertForm(new DrainRequest("n1"), new DrainRequest("n1").Encode(), b => DrainRequest.Decode(b), "4C434431" + "02000000" + "6E31");

    [Theory]
    [InlineData("01000000" + "03000000" + "637075", "07000000" + "03000000" + "637075", "unknown state 7")]
    [InlineData("03000000" + "0200000000000000", "03000000" + "FFFFFFFFFFFFFFFF", "expected 3 that are not")]
    [InlineData("4C434E31", "4C434E32", "starts with the tag LCN1")]
    public void A_report_that_no_node_could_make_is_rejected(string genuine, string foreign, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => NodeReport.Decode(Convert.FromHexString(ReportBytes.Replace(genuine, foreign, StringComparison.Ordinal)))).Message);

    private static void AssertForm<T>(T message, byte[] bytes, Func<byte[], T> decode, string hexadecimal)
    {
        Assert.Equal(hexadecimal, Convert.ToHexString(bytes));
        Assert.Equal(message, decode(bytes));
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<FormatException>(() => decode(bytes[..length]));
        Assert.Throws<FormatException>(() => decode([.. bytes, 0]));
    }
}
