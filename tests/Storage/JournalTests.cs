using LedCluster.Domain.Cycle;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Durability;
using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();
    private readonly ManualTime time = new();

    private static readonly JournalEvent[] All =
    [
        new RunStarted(3, 7, "embedded, 2 workers"),
        new LegRecorded(0, 1, Phase.Macro, 5, 10, new MemberSet([0, 1, 2, 7]), new WorkTimes()),
        new MemberFailed(2, 1, "u[3] = NaN"),
        new RunCancelled("ctrl-c"),
        new RunResumed(2, 0, 0, 1, "embedded"),
        new MembersRetried(new MemberSet([2])),
        new RunFinished(2, 1),
    ];

    [Fact]
    public void Events_come_back_with_their_times()
    {
        using (var journal = Journal.Open(temporary["j"], time, out _))
        {
            foreach (var what in All)
            {
                journal.Append(what);
                time.Advance(TimeSpan.FromSeconds(1));
            }
            Assert.Equal(0, new FileInfo(temporary["j"]).Length);
            journal.Commit();
        }
        var read = Journal.Read(temporary["j"]);
        Assert.Equal(0, read.TornBytes);
        Assert.Equal(All.Select(e => e.GetType()), read.Events.Select(e => e.GetType()));
        Assert.Equal(Enumerable.Range(0, All.Length).Select(i => ManualTime.Start.AddSeconds(i)), read.Events.Select(e => e.Time));
        Assert.Equal(All[2] with { Time = read.Events[2].Time }, read.Events[2]);
        Assert.Equal(new MemberSet([0, 1, 2, 7]), ((LegRecorded)read.Events[1]).Members);
        Assert.Contains("\"members\":\"0-2,7\"", File.ReadAllLines(temporary["j"])[1]);
        Assert.StartsWith("{\"event\":\"runStarted\",\"time\":\"2026-01-01T00:00:00+00:00\"", File.ReadAllText(temporary["j"]));
    }

    [Fact]
    public void Each_look_reads_only_what_whole_lines_were_written_since_the_last()
    {
        long position = 0;
        using var journal = Journal.Open(temporary["j"], time, out _);
        foreach (var what in All)
        {
            journal.Append(what);
            journal.Commit();
            File.AppendAllText(temporary["j"], "{\"event\":");
            Assert.Equal(what.GetType(), Assert.Single(Journal.Read(temporary["j"], ref position).Events).GetType());
            Assert.Empty(Journal.Read(temporary["j"], ref position).Events);
        }
    }

    [Fact]
    public void A_last_line_torn_at_any_byte_is_cut_and_the_journal_goes_on()
    {
        using (var journal = Journal.Open(temporary["j"], time, out _))
        {
            journal.Append(All[0]);
            journal.Append(All[2]);
            journal.Commit();
        }
        var whole = File.ReadAllBytes(temporary["j"]);
        var first = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var length = first; length < whole.Length; length++)
        {
            File.WriteAllBytes(temporary["torn"], whole[..length]);
            using (var journal = Journal.Open(temporary["torn"], time, out var content))
            {
                Assert.Equal(length - first, content.TornBytes);
                Assert.Single(content.Events);
                journal.Append(new RunCancelled("ctrl-c"));
                journal.Commit();
            }
            Assert.IsType<RunCancelled>(Journal.Read(temporary["torn"]).Events[1]);
        }
    }

    [Fact]
    public void A_broken_line_in_the_middle_is_named()
    {
        File.WriteAllText(temporary["j"], "{\"event\":\"runCancelled\",\"reason\":\"x\"}\ngarbage\n{\"event\":\"runCancelled\",\"reason\":\"x\"}\n");
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => Journal.Read(temporary["j"])).Message);
    }

    [Fact]
    public void A_full_disk_is_named_and_the_events_stay()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        using var journal = new Journal(temporary["j"], time, Disk.Open("/dev/full", FileMode.Open, FileAccess.Write), 0);
        journal.Append(All[0]);
        Assert.Contains("the disk is full", Assert.Throws<IOException>(journal.Commit).Message);
        Assert.Throws<IOException>(journal.Commit);
    }

    [Theory]
    [InlineData("0-63,70", 65)]
    [InlineData("5", 1)]
    [InlineData("", 0)]
    public void Member_sets_are_written_as_ranges(string text, int count)
    {
        var set = MemberSet.Parse(text);
        Assert.Equal(count, set.Indices.Length);
        Assert.Equal(text, set.ToString());
        Assert.Contains("0-63,70", Assert.Throws<FormatException>(() => MemberSet.Parse("7-3")).Message);
    }

    public void Dispose() => temporary.Dispose();
}
