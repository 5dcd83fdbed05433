using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

public sealed class CheckpointLogTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    [Fact]
    public void Each_member_counts_by_its_furthest_checkpoint()
    {
        using (var log = CheckpointLog.Open(temporary["c"], 5))
        {
            log.Append([0, 1, 2], 1, [1]);
            log.Append([3], 1, [2]);
            log.Append([0], 2, [3, 3]); // split off under the identity of the whole cohort
            log.Append([0, 1], 1, [4]); // late: member 0 is further, member 1 takes the newer one
            Assert.Empty(File.ReadAllBytes(temporary["c"])[8..]);
            log.Commit();
        }
        using var reopened = CheckpointLog.Open(temporary["c"], 5);
        Assert.Equal(0, reopened.CutBytes);
        Assert.Equal([2, 1, 1, 1, 0], Enumerable.Range(0, 5).Select(reopened.LegsOf));
        Assert.Equal(["0:2:3,3", "1:1:4", "2:1:1", "3:1:2"], Live(reopened));
    }

    [Fact]
    public void The_bytes_of_a_frame_are_frozen()
    {
        using (var log = CheckpointLog.Open(temporary["c"], 8))
        {
            log.Append([2, 7], 3, [0xAB]);
            log.Commit();
        }
        var bytes = File.ReadAllBytes(temporary["c"]);
        Assert.Equal("4C434B5030303031" + "11000000", Convert.ToHexString(bytes[..12]));
        Assert.Equal("03000000" + "02000000" + "02000000" + "07000000" + "AB", Convert.ToHexString(bytes[16..]));
        Assert.Equal(Crc32C(bytes[16..]), BitConverter.ToUInt32(bytes, 12));
    }

    [Fact]
    public void A_frame_torn_or_corrupt_at_any_byte_is_cut_and_the_log_goes_on()
    {
        using (var log = CheckpointLog.Open(temporary["c"], 4))
        {
            log.Append([0, 1], 1, [1, 2, 3]);
            log.Append([2, 3], 1, [4, 5, 6, 7]);
            log.Commit();
        }
        var whole = File.ReadAllBytes(temporary["c"]);
        var first = whole.Length - (8 + 16 + 4);
        for (var at = first; at < whole.Length; at++)
        {
            var corrupt = (byte[])whole.Clone();
            corrupt[at] ^= 0x10;
            foreach (var bytes in new[] { whole[..at], corrupt })
            {
                File.WriteAllBytes(temporary["torn"], bytes);
                using (var log = CheckpointLog.Open(temporary["torn"], 4))
                {
                    Assert.Equal(bytes.Length - first, log.CutBytes);
                    Assert.Equal(["0,1:1:1,2,3"], Live(log));
                    log.Append([2], 1, [9]);
                    log.Commit();
                }
                using var again = CheckpointLog.Open(temporary["torn"], 4);
                Assert.Equal(["0,1:1:1,2,3", "2:1:9"], Live(again));
            }
        }
    }

    [Fact]
    public void A_log_torn_at_birth_starts_afresh_and_another_file_is_refused()
    {
        File.WriteAllBytes(temporary["c"], "LCK"u8.ToArray());
        using (var log = CheckpointLog.Open(temporary["c"], 1))
            Assert.Equal(3, log.CutBytes);
        File.WriteAllText(temporary["d"], "something else");
        Assert.Contains("LCKP0001", Assert.Throws<InvalidDataException>(() => CheckpointLog.Open(temporary["d"], 1)).Message);
    }

    [Fact]
    public void Rewriting_keeps_what_counts_and_appending_goes_on()
    {
        using (var log = CheckpointLog.Open(temporary["c"], 3))
        {
            for (var leg = 1; leg < 50; leg++)
                log.Append([0, 1], leg, [(byte)leg, 0, 0, 0]);
            log.Append([2], 1, [77]);
            log.Commit();
            var before = Live(log);
            log.Rewrite();
            Assert.Equal(before, Live(log));
            Assert.Equal(8 + log.LiveBytes, new FileInfo(temporary["c"]).Length);
            log.Append([1], 60, [88]);
            log.Commit();
        }
        using var reopened = CheckpointLog.Open(temporary["c"], 3);
        Assert.Equal(["0:49:49,0,0,0", "1:60:88", "2:1:77"], Live(reopened));
    }

    [Fact]
    public void A_log_of_mostly_waste_is_rewritten_by_itself()
    {
        using var log = CheckpointLog.Open(temporary["c"], 2);
        var payload = new byte[12 << 20];
        for (var leg = 1; leg <= 6; leg++)
        {
            log.Append([0], leg, payload);
            log.Commit();
        }
        Assert.Equal(8 + log.LiveBytes, new FileInfo(temporary["c"]).Length);
        Assert.Equal(6, Assert.Single(log.Live()).Leg);
    }

    public void Dispose() => temporary.Dispose();

    private static string[] Live(CheckpointLog log) =>
        [.. log.Live().Select(c => $"{string.Join(',', c.Members)}:{c.Leg}:{string.Join(',', c.Payload)}")];

    /// <summary>CRC-32C bit by bit.</summary>
    private static uint Crc32C(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = crc >> 1 ^ ((crc & 1) == 1 ? 0x82F63B78 : 0);
        }
        return ~crc;
    }
}
