using System.Collections.Immutable;
using System.Text.RegularExpressions;
using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Cycle;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Runs;

namespace LedCluster.Host.Tests;

/// <summary>What a person is told of how far a run has come and how long it will take.</summary>
public sealed class ForecastProgressTests(Workplace place) : IClassFixture<Workplace>
{
    private static readonly ImmutableArray<Leg> Plan =
        [new(0, Phase.Warmup, 0, 10), new(1, Phase.Macro, 10, 50), new(2, Phase.Micro, 60, 10), new(3, Phase.Macro, 70, 50)];

    [Fact]
    public void Time_is_foretold_by_what_frames_of_each_phase_cost()
    {
        var costs = new FrameCosts();
        costs.Add(Phase.Warmup, 100, Times(4));
        Assert.Null(costs.SecondsLeft([0, 200, 0], 2)); // a macro frame has not been measured
        costs.Add(Phase.Macro, 100, Times(0.4));
        Assert.Equal(200 * 0.004 / 2, costs.SecondsLeft([0, 200, 0], 2.2)!.Value, 12); // two workers: 4.4 s of work in 2.2 s
        Assert.Equal((50 * 0.04 + 200 * 0.004) / 2, costs.SecondsLeft([50, 200, 0], 2.2)!.Value, 12);
        Assert.Equal(0, costs.SecondsLeft([0, 0, 0], 2.2));
    }

    [Fact]
    public void What_earlier_sessions_did_counts_and_what_a_lost_member_would_have_done_does_not()
    {
        var cohort = Cohort.Start([0, 1], new double[2 * 4]) with { Leg = 2 };
        var recorder = new CountingRecorder(new Nothing(), Plan, 5, new RecoveredRun([cohort], [2], [3], [new MemberFailure(4, 1, "")]));
        Assert.Equal(2 * 60 + 120 + 10, recorder.MemberFrames);
        recorder.Record(new LegResult(null, new Segment(cohort.Id, Plan[2], [0], [], [], [], [new MemberFailure(1, 2, "")]), Times(1)));
        Assert.Equal(2 * 60 + 120 + 10 + 10, recorder.MemberFrames);
    }

    [Fact]
    public void A_line_tells_once_how_long_a_long_run_takes_and_the_bar_tells_what_it_waits_for_or_that_it_stops()
    {
        var (notes, said) = (new List<string>(), new List<string?>());
        var bar = new ForecastBar(_ => { }, said.Add, notes.Add);
        bar.Tell(new(10, null, null));
        Assert.Empty(notes);
        bar.Tell(new(20, 600, null));
        bar.Tell(new(30, 599, null));
        bar.Tell(new(30, 599, "2 cohorts wait"));
        bar.Stop();
        bar.Tell(new(40, 590, null));
        Assert.Equal(["about 10 min left, estimated from the first legs of each kind"], notes);
        Assert.Equal(["10 min left", "2 cohorts wait", "stopping; the legs in progress are finished first"], said);
    }

    [Fact]
    public void After_a_signal_the_bar_says_where_it_stopped()
    {
        var (run, log, pid) = (place.Fresh(), place.Fresh(".log"), place.Fresh(".pid"));
        var forecast = "$LED forecast fhn --members 24 --t-final 8000 --t-warm 40 --t-macro 10 --t-micro 30 --dt 0.0005 --save latent "
            + $"--cohort-size 4 --workers 2 --model {place.Model} --run {run}";
        var outcome = Led.Shell($"""
            TERM=xterm script -qc 'stty cols 80; echo $$ > {pid}; exec {forecast}' {log} > /dev/null & script=$!
            until [ -s {run}/journal.ndjson ]; do sleep 0.05; kill -0 $script || exit 9; done
            kill -TERM $(cat {pid}); wait $script
            """);
        Assert.NotEqual(9, outcome.Code);
        var shown = File.ReadAllText(log);
        Assert.Matches(@"members of fhn to t = 8000; stopped at \d\d? %", shown);
        // each in one line of the 80 columns
        foreach (var line in Regex.Replace(shown, @"\x1b\[[0-9;?]*[A-Za-z]", "").Split('\r', '\n').Where(line => line.Contains("stop")))
            Assert.True(line.Length <= 80 && (line.Contains('%') || !line.Contains('\u2501')), line);
        Assert.Matches(@"Stopped at \d\d? %, at a checkpoint", shown);
        Assert.DoesNotContain("of CPU per member", shown); // of members that are not done nobody knows it
        Assert.DoesNotContain("100%", shown);
    }

    [Fact]
    public void A_disk_that_does_not_tell_its_space_or_tells_wrong_stops_no_run()
    {
        Assert.Null(RunSpace.Free("/proc"));
        var layout = Studies.StudyCatalog.Find("fhn").PhysicalSystem.Solver.Layout;
        var spec = new RunSpec
        {
            Study = "fhn",
            Members = 1000,
            FinalTime = 1000,
            WarmTime = 60,
            MacroTime = 100,
            MicroTime = 10,
            Lift = LiftRule.Gradient,
            Save = SaveRule.Fields,
            Seed = 1,
            InitialConditions = "",
            ModelHash = "",
            Version = "",
        };
        Assert.Null(RunSpace.Fault(spec, layout, 2, 0, "/proc/run", null));
        Assert.NotNull(RunSpace.Fault(spec, layout, 2, 0, "/proc/run", 1000));

        var disk = place.SmallDisk();
        string[] forecast = ["$LED", "forecast", "fhn", "--members", "8", "--t-final", "1000", "--model", place.Model, "--run", $"{disk.Path}/run"];
        var refused = Led.Shell(disk.Script(string.Join(' ', forecast)));
        Assert.True(refused.Code == 2 && refused.Errors.Contains("give --ignore-free-space"), refused.Errors);
        var full = Led.Shell(disk.Script(string.Join(' ', [.. forecast, "--ignore-free-space"])));
        Assert.True(full.Code == 1 && full.Errors.Contains("8 members of fhn"), full.Errors);
    }

    private static WorkTimes Times(double wall) => new() { Wall = [wall, 0, 0, 0] };

    private sealed class Nothing : IRecorder
    {
        public void Record(LegResult result)
        {
        }

        public void Flush()
        {
        }
    }
}
