using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Storage.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Storage.Tests;

public sealed class RunRecorderTests : IDisposable
{
    private readonly TemporaryDirectory temporary = new();

    [Theory]
    [InlineData(1, false, SaveRule.Fields)]
    [InlineData(1, true, SaveRule.Fields)]
    [InlineData(5, true, SaveRule.Fields)]
    [InlineData(3, true, SaveRule.Latent)]
    public void The_output_has_the_same_bytes_whatever_the_cohorts_and_their_order(int size, bool backwards, SaveRule save)
    {
        Finish("expected", 2, false, save);
        Finish("actual", size, backwards, save);
        TemporaryDirectory.AssertSame(Output("expected"), Output("actual"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_interrupted_after_any_leg_resumes_to_the_same_bytes(bool flushed)
    {
        Finish("expected", 2, false, SaveRule.Fields);
        var run = new ToyRun();
        for (var stop = 0; stop < 3 * 6; stop++)
        {
            var recorded = 0;
            using (var recorder = run.Open(temporary["r"]))
            {
                foreach (var cohort in ToyRun.Start(Enumerable.Range(0, 5), 2))
                    for (var next = cohort; next is not null && next.Leg < run.Plan.Length && recorded < stop; recorded++)
                    {
                        var result = run.Run(next);
                        recorder.Record(result);
                        next = result.Next;
                    }
                if (flushed)
                    recorder.Flush();
            }
            using (var recorder = run.Open(temporary["r"]))
            {
                if (!flushed)
                    Assert.False(recorder.Restore().HasBegun);
                run.Finish(recorder, 3, backwards: true);
            }
            TemporaryDirectory.AssertSame(Output("expected"), Output("r"));
            Directory.Delete(temporary["r"], recursive: true);
        }
    }

    [Fact]
    public void Fields_in_float64_are_kept_checked_and_repaired()
    {
        var run = new ToyRun(precision: KeptPrecision.Float64);
        var path = temporary["wide"];
        using (var recorder = run.Open(path))
        {
            foreach (var start in ToyRun.Start(Enumerable.Range(0, ToyRun.Members), 2))
                for (var next = start; next is not null && next.Leg < run.Plan.Length;)
                {
                    var result = run.Run(next);
                    recorder.Record(result);
                    next = result.Next;
                }
            recorder.Complete();
            var output = recorder.Output;
            Assert.Equal(KeptPrecision.Float64, output.Precision);
            var (exact, rounded) = (new double[ToyRun.Layout.Size], new float[ToyRun.Layout.Size]);
            output.ReadFields(1, 3, 1, exact);
            output.ReadFields(1, 3, 1, rounded);
            Assert.Equal(ToyRun.FieldOf(1, 3).Select(x => x + ToyRun.Finer), exact);
            Assert.Equal(ToyRun.FieldOf(1, 3), rounded);
            Assert.Contains("expected", Assert.Throws<ArgumentException>(
                () => output.Write(
                    new ToyRun(precision: KeptPrecision.Float64).Run(Cohort.Start([0, 1], [])).Segment with { WideFields = [1] })).Message);
            Assert.Contains("no fields", Assert.Throws<InvalidOperationException>(
                () => output.Write(new ToyRun().Run(Cohort.Start([0, 1], [])).Segment)).Message);
        }
        Assert.True(Verified().IsSound);
        Assert.Contains("precision is given as its default, stored as \"float64\"", Assert.Throws<InvalidDataException>(
            () => RunDirectory.Create(path, run.Spec with { Precision = KeptPrecision.Float32 })).Message);
        var chunk = Directory.GetFiles(Path.Combine(path, "output.zarr", "u")).Order().First(file => Path.GetFileName(file)[0] != '.');
        var bytes = File.ReadAllBytes(chunk);
        bytes[0] ^= 1; // the last bit of a float64, which float32 would not show
        File.WriteAllBytes(chunk, bytes);
        Assert.Contains("fields: what is kept of member", Assert.Single(Verified().Lines()));

        RunVerification Verified() => RunVerification.Of(RunDirectory.Open(path), ToyRun.Layout, run.Decoder, 1);
    }

    [Fact]
    public void Recording_a_leg_again_changes_nothing_also_from_split_members()
    {
        var run = new ToyRun(failing: -1);
        using var recorder = run.Open(temporary["r"]);
        var whole = Cohort.Start([0, 1, 2], new double[3 * ToyRun.Layout.Size]);
        var first = run.Run(whole);
        recorder.Record(first);
        var split = run.Run(first.Next!.Keep(1) with { Id = new CohortId(1) });
        recorder.Record(split);
        recorder.Flush();
        var before = Snapshot();
        recorder.Record(first);
        recorder.Record(split);
        recorder.Flush();
        Same(before);

        recorder.Record(run.Run(first.Next!)); // the whole cohort is late: member 1 is known, 0 and 2 are new
        recorder.Flush();
        var events = Journal.Read(Path.Combine(temporary["r"], "journal.ndjson")).Events;
        Assert.Equal(["0-2", "1", "0,2"], events.OfType<LegRecorded>().Select(e => e.Members.ToString()));
        var latents = new float[4 * ToyRun.Latent];
        recorder.Output.ReadLatents(2, 3, 4, latents);
        Assert.Equal(Enumerable.Range(3, 4).SelectMany(f => ToyRun.LatentOf(2, f)), latents);

        SortedDictionary<string, byte[]> Snapshot() => TemporaryDirectory.Content(temporary["r"]);
        void Same(SortedDictionary<string, byte[]> expected)
        {
            var actual = Snapshot();
            Assert.Equal(expected.Keys, actual.Keys);
            Assert.All(expected, e => Assert.Equal(e.Value, actual[e.Key]));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lines_that_a_crash_between_checkpoints_and_journal_lost_are_added_once(int commits)
    {
        var run = new ToyRun();
        var (path, before) = (Path.Combine(temporary["r"], "journal.ndjson"), Array.Empty<byte>());
        using (var recorder = run.Open(temporary["r"]))
        {
            recorder.Append(new RunStarted(5, run.Plan.Length, "before the crash"));
            var next = ToyRun.Start(Enumerable.Range(0, 5), 2).ToArray(); // 0 and 1, 2 and 3 (fails), 4 on its own
            for (var commit = 0; commit < commits; commit++)
            {
                before = File.ReadAllBytes(path); // empty before the first commit
                for (var i = 0; i < next.Length; i++)
                    for (var legs = 0; legs < (i == 0 ? 2 : 1); legs++)
                    {
                        var result = run.Run(next[i]);
                        recorder.Record(result);
                        next[i] = result.Next!;
                    }
                recorder.Flush();
            }
        }
        File.WriteAllBytes(path, before); // the last commit ended with the checkpoints
        using (var recorder = run.Open(temporary["r"]))
        {
            Assert.True(recorder.Restore().HasBegun);
            recorder.Flush();
        }
        Assert.Equal(run.Plan.Length, Journal.Read(path).Events.OfType<RunStarted>().Single().Legs);
        var lines = Journal.Read(path).Events.OfType<LegRecorded>().ToArray();
        Assert.All(Enumerable.Range(0, 5), member => Assert.Equal(
            Enumerable.Range(0, member < 2 ? 2 * commits : member == 3 ? Math.Min(commits, ToyRun.FailsAt) : commits),
            lines.Where(l => l.Members.Contains(member)).Select(l => l.Leg)));
        var expected = commits < 3 ? ["0-1", "0-1", "2-3", "4"] : (string[])["0-1", "0-1", "2", "4"];
        var recovered = lines.Where(l => l.Recovered).ToArray();
        Assert.Equal(expected, recovered.Select(l => $"{l.Members}"));
        Assert.Equal([0, 0, 2, 4], recovered.Select(l => l.Cohort));
        Assert.All(recovered, l => Assert.Equal(run.Plan[l.Leg], new(l.Leg, l.Phase, l.First, l.Frames)));

        using (var recorder = run.Open(temporary["r"]))
            run.Finish(recorder, 2);
        var all = Journal.Read(path).Events.OfType<LegRecorded>().ToArray();
        Assert.Equal(lines.Select(l => (l.Leg, l.Members, l.Recovered)), all[..lines.Length].Select(l => (l.Leg, l.Members, l.Recovered)));
        Assert.All(new[] { 0, 1, 2, 4 }, member =>
            Assert.Equal(Enumerable.Range(0, run.Plan.Length), all.Where(l => l.Members.Contains(member)).Select(l => l.Leg)));
    }

    [Fact]
    public void Restoring_finds_the_furthest_checkpoint_of_every_member_and_no_member_twice()
    {
        var run = new ToyRun();
        using (var recorder = run.Open(temporary["r"]))
        {
            var first = run.Run(Cohort.Start([0, 1, 2, 3], new double[4 * ToyRun.Layout.Size]));
            recorder.Record(first);
            var zero = run.Run(first.Next!.Keep(0)); // split off under the identity of the whole cohort
            recorder.Record(zero);
            for (var next = first.Next!.Keep(3) with { Id = new CohortId(3) }; next is not null;)
            {
                var result = run.Run(next);
                recorder.Record(result);
                next = result.Next;
            }
            recorder.Append(new RunCancelled("lost"));
            recorder.Flush();
        }
        using var again = run.Open(temporary["r"]);
        var found = again.Restore();
        Assert.Equal(["cohort-0:2:0", "cohort-1:1:1,2"], found.Cohorts.Select(c => $"{c.Id}:{c.Leg}:{string.Join(',', c.Members)}"));
        Assert.Equal([100f, 200f], found.Cohorts[1].Memory);
        Assert.Equal([4], found.Fresh);
        Assert.Empty(found.Finished);
        Assert.Equal([new MemberFailure(3, ToyRun.FailsAt, "u[0] = NaN")], found.Failures);
    }

    [Fact]
    public void Failed_members_that_are_retried_leave_the_same_bytes_as_a_run_without_failure()
    {
        var sound = new ToyRun(failing: -1);
        using (var recorder = sound.Open(temporary["expected"]))
            sound.Finish(recorder, 2);
        Finish("r", 2, false, SaveRule.Fields);
        using (var recorder = sound.Open(temporary["r"]))
        {
            Assert.Equal([3], recorder.Failures.Select(f => f.Member));
            sound.Finish(recorder, 2, retryFailed: true);
        }
        using (var recorder = sound.Open(temporary["r"]))
            Assert.Equal([0, 1, 2, 3, 4], recorder.Restore().Finished);
        TemporaryDirectory.AssertSame(Output("expected"), Output("r"));
    }

    [Fact]
    public void A_cancelled_run_reads_as_NaN_and_resumes_to_the_same_bytes()
    {
        Finish("expected", 2, false, SaveRule.Fields);
        var run = new ToyRun();
        using (var recorder = run.Open(temporary["r"]))
        {
            recorder.Record(run.Run(Cohort.Start([0, 1], new double[2 * ToyRun.Layout.Size])));
            Assert.Contains("first is 0, at leg 1 of 6", Assert.Throws<InvalidOperationException>(() => recorder.Complete()).Message);
            recorder.Cancel("asked to");
            var latents = new float[17 * ToyRun.Latent];
            recorder.Output.ReadLatents(1, 0, 17, latents);
            Assert.Equal(14 * ToyRun.Latent, latents.Count(float.IsNaN));
        }
        using (var recorder = run.Open(temporary["r"]))
            run.Finish(recorder, 2);
        TemporaryDirectory.AssertSame(Output("expected"), Output("r"));
    }

    [Fact]
    public void Commits_happen_once_a_second_while_legs_arrive()
    {
        var run = new ToyRun();
        using var recorder = run.Open(temporary["r"]);
        var first = run.Run(Cohort.Start([0, 1], new double[2 * ToyRun.Layout.Size]));
        recorder.Record(first);
        Assert.Empty(Journal.Read(Path.Combine(temporary["r"], "journal.ndjson")).Events);
        run.Time.Advance(RunRecorder.CommitInterval);
        recorder.Record(run.Run(first.Next!));
        Assert.Equal(2, Journal.Read(Path.Combine(temporary["r"], "journal.ndjson")).Events.Length);
    }

    [Fact]
    public void Legs_out_of_order_and_micro_legs_without_fields_are_refused()
    {
        var run = new ToyRun();
        using var recorder = run.Open(temporary["r"]);
        var first = run.Run(Cohort.Start([4], new double[ToyRun.Layout.Size]));
        Assert.Contains("member 4, whose next leg is 0", Assert.Throws<InvalidOperationException>(() => recorder.Record(run.Run(first.Next!))).Message);
        Assert.Contains("keeps fields", Assert.Throws<ArgumentException>(
            () => recorder.Record(first with { Segment = first.Segment with { Fields = [] } })).Message);
        recorder.Record(first);
    }

    [Fact]
    public void Checkpoints_without_their_output_are_refused()
    {
        var run = new ToyRun();
        Finish("r", 2, false, SaveRule.Fields);
        Directory.Delete(Output("r"), recursive: true);
        Assert.Contains("start afresh", Assert.Throws<InvalidDataException>(() => run.Open(temporary["r"])).Message);
    }

    public void Dispose() => temporary.Dispose();

    private string Output(string name) => Path.Combine(temporary[name], "output.zarr");

    private void Finish(string name, int size, bool backwards, SaveRule save)
    {
        var run = new ToyRun(save);
        using var recorder = run.Open(temporary[name]);
        run.Finish(recorder, size, backwards);
    }
}
