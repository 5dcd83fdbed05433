using System.Runtime.InteropServices;
using System.Text.Json;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Runs;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

/// <summary>Output that is not what was recorded is found by its checksums, and repaired.</summary>
public sealed class OutputDamageTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    [Theory]
    [InlineData(SaveRule.Fields, "u", "fields")]
    [InlineData(SaveRule.Latent, "latents", "latents")]
    public void The_statistics_are_not_written_of_what_was_not_recorded(SaveRule save, string variable, string array)
    {
        var run = new ToyRun(save);
        using var recorder = run.Open(temporary["r"]);
        run.Finish(recorder, 2);
        Assert.True(recorder.Output.IsComplete);
        Directory.EnumerateFiles(Path.Combine(Output("r"), variable), "0.*").Single().Overwrite(5 * sizeof(float), -7f);
        var error = Assert.Throws<DamagedOutputException>(() => recorder.Complete());
        Assert.Contains($"{array}: what is kept of member 0 is not what was recorded (first in leg 0 of member 0)", error.Message);
    }

    [Fact]
    public void Legs_whose_lines_a_crash_lost_get_the_checksums_of_what_they_left()
    {
        Finish("r", SaveRule.Fields);
        var path = Path.Combine(temporary["r"], "journal.ndjson");
        var sums = Journal.Read(path).Checksums(ToyRun.Members, 6);
        File.WriteAllLines(path, File.ReadAllLines(path)[..3]);
        var run = new ToyRun();
        using (var recorder = run.Open(temporary["r"]))
            recorder.Flush();
        var again = Journal.Read(path).Checksums(ToyRun.Members, 6);
        for (var member = 0; member < ToyRun.Members; member++)
            for (var leg = 0; leg < again.LegsOf(member); leg++)
                Assert.Equal(sums.Of(member, leg), again.Of(member, leg));
        Assert.Equal(6, again.LegsOf(0));
    }

    [Fact]
    public void Damaged_diagnostics_are_found()
    {
        Finish("r", SaveRule.Latent);
        Directory.EnumerateFiles(Path.Combine(Output("r"), "total"), "0.*").Single().Overwrite(17 * sizeof(float), -7f);
        var run = new ToyRun(SaveRule.Latent);
        Assert.Equal([new DamagedLeg(1, 0, "diagnostics")], RunVerification.Of(RunDirectory.Open(temporary["r"]), ToyRun.Layout, run.Decoder, 2).Damage.Legs);
        using var store = ForecastStore.Open(Output("r"));
        Assert.Contains("total_ensemble_mean", store.StatisticsNames());
        Assert.Throws<ArgumentException>(() => store.Write(run.Run(Cohort.Start([1], [])).Segment with { SeriesNames = ["mass"] }));
    }

    [Fact]
    public void A_run_without_a_diagnostic_that_was_added_later_is_sound()
    {
        Finish("r", SaveRule.Latent);
        var later = new ToyRun(SaveRule.Latent).Decoder with { Diagnostics = [.. ToyRun.Diagnostics, new("later", "added by a later version")] };
        Assert.True(RunVerification.Of(RunDirectory.Open(temporary["r"]), ToyRun.Layout, later, 2).IsSound);
    }

    [Fact]
    public void Checksums_of_earlier_journals_are_of_trust_and_diagnostics_together()
    {
        Assert.Equal(
            new LegChecksums([new LegChecksum(1, 2, 3)]), JsonSerializer.Deserialize<LegChecksums>("\"AQAAAAIAAAADAAAA\""));
        var both = new LegChecksums([new LegChecksum(1, 2, 3, 4), new LegChecksum(5, 6, 7, 8)]);
        Assert.Equal(both, JsonSerializer.Deserialize<LegChecksums>(JsonSerializer.Serialize(both)));
        foreach (var wrong in (string[])["\"AQAAAAIAAAADAAAA.AQAAAAIAAAA=\"", "\"AQAAAA==\"", "\"A\"", "\"AQAAAAIAAAADAAAA.AQAAAA==.AQAAAA==\""])
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<LegChecksums>(wrong));

        Finish("r", SaveRule.Latent);
        var (told, earlier) = (Journal.Read(RunDirectory.Open(temporary["r"]).JournalPath).Checksums(ToyRun.Members, 6), new ChecksumTable(ToyRun.Members, 6));
        using var store = ForecastStore.Open(Output("r"));
        for (var member = 0; member < ToyRun.Members; member++)
            for (var leg = 0; leg < told.LegsOf(member); leg++)
            {
                var joined = store.TrustChecksums(member, store.Plan[leg], store.ReadTrust(member)[leg], joined: true).Trust;
                earlier.Add(member, leg, told.Of(member, leg)!.Value with { Series = null, Trust = joined });
            }
        Assert.Empty(ForecastCheck.Legs(store, earlier, [0, 1, 2, 3, 4], 1).Legs);
        Directory.EnumerateFiles(Path.Combine(Output("r"), "total"), "0.*").Single().Overwrite(17 * sizeof(float), -7f);
        Assert.Equal([new DamagedLeg(1, 0, "trust and diagnostics")], ForecastCheck.Legs(store, earlier, [0, 1, 2, 3, 4], 1).Legs);
    }

    [Fact]
    public void Repaired_members_start_anew_and_leave_the_same_bytes()
    {
        Finish("expected", SaveRule.Fields);
        Finish("r", SaveRule.Fields);
        var run = new ToyRun();
        Directory.EnumerateFiles(Path.Combine(Output("r"), "u"), "0.*").Single().Overwrite(17 * ToyRun.Layout.Points * sizeof(float), -7f);
        var found = RunVerification.Of(RunDirectory.Open(temporary["r"]), ToyRun.Layout, run.Decoder, 2);
        Assert.Equal([new DamagedLeg(1, 0, "fields")], found.Damage.Legs);
        using (var recorder = run.Open(temporary["r"]))
        {
            recorder.Repair([1, 3]);
            Assert.False(recorder.Output.IsComplete);
            var fields = new float[17 * ToyRun.Layout.Size];
            recorder.Output.ReadFields(1, 0, 17, fields);
            Assert.All(fields, x => Assert.Equal(float.NaN, x));
        }
        using (var recorder = run.Open(temporary["r"]))
        {
            Assert.Equal([1, 3], recorder.Restore().Fresh);
            run.Finish(recorder, 2);
            Assert.Equal([3], recorder.Failures.Select(f => f.Member));
        }
        TemporaryDirectory.AssertSame(Output("expected"), Output("r"));
        Assert.True(RunVerification.Of(RunDirectory.Open(temporary["r"]), ToyRun.Layout, run.Decoder, 2).IsSound);
    }

    [Fact]
    public void Checksums_are_those_of_zlib_over_what_any_reader_sees()
    {
        Finish("r", SaveRule.Fields);
        using var store = ForecastStore.Open(Output("r"));
        var leg = store.Plan[1];
        var latents = new float[leg.Frames * ToyRun.Latent];
        store.ReadLatents(2, leg.First, leg.Frames, latents);
        var crc = uint.MaxValue; // bit by bit, as RFC 1952 has it
        foreach (var b in MemoryMarshal.AsBytes(latents.AsSpan()))
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB88320;
        }
        Assert.Equal(~crc, Journal.Read(Path.Combine(temporary["r"], "journal.ndjson")).Checksums(ToyRun.Members, 6).Of(2, 1)!.Value.Latents);
    }

    public void Dispose() => temporary.Dispose();

    private string Output(string name) => Path.Combine(temporary[name], "output.zarr");

    private void Finish(string name, SaveRule save)
    {
        var run = new ToyRun(save);
        using var recorder = run.Open(temporary[name]);
        run.Finish(recorder, 2);
    }
}
