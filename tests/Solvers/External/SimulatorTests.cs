using System.Diagnostics;
using LedCluster.Domain.Workers;
using LedCluster.Solvers.External;

namespace LedCluster.Solvers.Tests.External;

/// <summary>Simulators in another program: what they compute, and what becomes of those that misbehave.</summary>
public sealed class SimulatorTests
{
    private static readonly int[] Four = [1, 2, 5, 9];

    [Fact]
    public void A_simulator_describes_itself()
    {
        using var simulator = Open(SimulatorPrograms.Python("heat"));
        var (description, layout) = (simulator.Description, simulator.Description.Layout);

        Assert.Equal(("heat", 0.25, 8), (description.Name, layout.TimeStep, layout.Line.Points));
        Assert.Equal(("u", "temperature", "K", 1e3), (layout.Channels[0].Name, layout.Channels[0].LongName, layout.Channels[0].Unit, layout.Channels[0].Limit));
        Assert.Equal(("m", 0.5, true), (layout.Line.Unit, layout.Line.Spacing, layout.Line.Periodic));
        Assert.Equal(["kappa"], description.Parameters.Select(p => p.Name));
        Assert.Equal(["step"], description.References);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], simulator.Reference(0, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_heat_equation_is_advanced(bool c)
    {
        using var simulator = Open(c ? SimulatorPrograms.C() : SimulatorPrograms.Python("heat"));
        double[] start = [.. Enumerable.Range(0, 16).Select(i => (double)(i * i % 7))], kappa = [0.25, 0.1];
        var expected = new List<double>();
        var u = (double[])start.Clone();
        for (var f = 0; f < 3; f++)
            expected.AddRange(u = [.. u.Select((_, i) => Next(u.AsSpan(i / 8 * 8, 8), i % 8, kappa[i / 8]))]);

        var (frames, state) = Run(simulator, new(1, new[] { 0, 1 }, 0, kappa), start, 3);

        Assert.Equal(expected.Count, frames.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.Equal(expected[i], frames[i], 1e-14);
        Assert.Equal(frames[^16..], state);

        static double Next(ReadOnlySpan<double> u, int i, double k) => (1 - 2 * k) * u[i] + k * (u[(i + 7) % 8] + u[(i + 1) % 8]);
    }

    [Fact]
    public void A_parameter_may_be_whole_shape_initial_conditions_alone_and_be_fixed_in_time()
    {
        using var plane = new ExternalSystem(SimulatorPrograms.Python("plane"), SimulatorPrograms.Folder);
        var blobs = plane.Parameters.Single();
        Assert.Equal(("blobs", true, true, true), (blobs.Name, blobs.IsWhole, blobs.InitialOnly, blobs.IsFixed));
        using var heat = new ExternalSystem(SimulatorPrograms.C(), SimulatorPrograms.Folder);
        Assert.Equal((false, false, false), heat.Parameters.Single() is var kappa ? (kappa.IsWhole, kappa.InitialOnly, kappa.IsFixed) : default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_simulator_has_diagnostics_of_its_own(bool c)
    {
        using var system = new ExternalSystem(c ? SimulatorPrograms.C() : SimulatorPrograms.Python("heat"), SimulatorPrograms.Folder);
        Assert.Equal([("heat", "integral of u", "K m"), ("age", "frame times kappa", "1")], system.Diagnostics.Select(d => (d.Name, d.Meaning, d.Unit)));
        double[] fields = [.. Enumerable.Range(0, 24).Select(i => i == 9 ? double.NaN : i)];
        var values = new double[6];
        system.Diagnose(fields, values, new(1, new[] { 3, 4, 5 }, 7, new[] { 0.1, 0.2, 0.3 }));
        Assert.Equal([14, 0.7, double.NaN, double.NaN, 78, 2.1], values.Select(v => Math.Round(v, 12))); // one blew up
        system.Diagnose(fields.AsSpan(0, 8), values.AsSpan(0, 2), new(1, new[] { 3 }, 9, new[] { 0.5 }));
        Assert.Equal([14, 4.5], values[..2]);
    }

    [Fact]
    public void Arrays_on_a_plane_keep_their_order()
    {
        using var simulator = Open(SimulatorPrograms.Python("plane"));
        double[] start = [.. Enumerable.Range(0, 24).Select(i => (double)i)];

        var (frames, _) = Run(simulator, new(1, new[] { 7 }, 40, default), start, 2);

        Assert.Equal([.. start[12..], .. start[..12].Select(x => x + 40)], frames[..24]); // the channels change places
        Assert.Equal([.. start[..12].Select(x => x + 40), .. start[12..].Select(x => x + 41)], frames[24..]);
    }

    [Theory]
    [InlineData("heat")]
    [InlineData("walk")]
    [InlineData("started")]
    [InlineData("c")]
    [InlineData("c opaque")]
    [InlineData("c start")]
    public void A_member_has_the_same_bits_alone_in_pieces_and_after_a_restart(string mode)
    {
        var options = mode[0] == 'c' ? SimulatorPrograms.C(mode.Split(' ')[1..]) : SimulatorPrograms.Python(mode);
        using Simulator together = Open(options), alone = Open(options), restarted = Open(options);
        var call = new StepContext(11, Four, 0, default);
        var fields = together.Random(call);
        var size = together.Description.Layout.Size;
        var (frames, _) = Run(together, call, together.Lift(call, fields), 5);

        for (var p = 0; p < Four.Length; p++)
        {
            var own = call with { Members = Four.AsMemory(p, 1) };
            Assert.Equal(fields[(p * size)..((p + 1) * size)], alone.Random(own));
            var (first, state) = Run(alone, own, alone.Lift(own, fields.AsSpan(p * size, size)), 2);
            var (rest, _) = Run(restarted, own with { Frame = 2 }, state, 3);
            Assert.Equal(
                Enumerable.Range(0, 5).SelectMany(f => frames[((f * 4 + p) * size)..((f * 4 + p + 1) * size)]).Select(BitConverter.DoubleToInt64Bits),
                first.Concat(rest).Select(BitConverter.DoubleToInt64Bits));
        }
    }

    [Fact]
    public void A_simulator_without_a_lift_begins_from_its_own_initial_conditions_alone()
    {
        using var simulator = Open(SimulatorPrograms.Python("started"));
        var call = new StepContext(11, Four, 0, default);
        var fields = simulator.Random(call);
        _ = simulator.Lift(call, fields);
        fields[2] += 1e-9;

        Assert.False(simulator.Description.Lift);
        Assert.Contains("cannot begin from the fields of members 1, 2, 5, 9 at frame 0", Assert.Throws<SimulatorException>(
            () => simulator.Lift(call, fields)).Message);
    }

    [Theory]
    [InlineData("raise", "RuntimeError: the mesh is tangled", "Traceback")]
    [InlineData("shape", "step returned an array of shape (1, 1, 7), expected (1, 1, 8)", "members")]
    [InlineData("exit", "ended with exit code 3, when it advanced member 2 from frame 4", "CFL condition violated")]
    [InlineData("segfault", "was killed by signal 11", "")]
    [InlineData("memory", "MemoryError", "")]
    public void A_failure_is_told_with_its_reason(string mode, string reason, string also)
    {
        using var simulator = Open(SimulatorPrograms.Python(mode) with { MemoryMiB = 2048 });
        var message = Assert.Throws<SimulatorException>(() => Run(simulator, new(1, new[] { 2 }, 4, default), new double[8], 1)).Message;

        Assert.Contains(reason, message);
        Assert.True(also is "" or "members" || message.Contains(also), message);
        Assert.Equal(new double[8], Run(simulator, new(1, new[] { 1 }, 4, default), new double[8], 1).State); // others go on
    }

    [Theory]
    [InlineData("print")]
    [InlineData("fortran")]
    [InlineData("float32")]
    public void What_does_no_harm_is_taken(string mode)
    {
        using var simulator = Open(SimulatorPrograms.Python(mode));

        Assert.Equal(new double[8], Run(simulator, new(1, new[] { 2 }, 4, default), new double[8], 1).State);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_the_fault_of_its_member()
    {
        using var simulator = Open(SimulatorPrograms.Python("nan"));
        var frames = Run(simulator, new(1, Four, 0, default), new double[32], 1).Frames;
        var layout = simulator.Description.Layout;

        Assert.Equal([null, "u[3] = NaN, beyond the limit of ±1000", null, null], Enumerable.Range(0, 4).Select(
            p => layout.Fault(frames[(8 * p)..(8 * p + 8)].ToArray())));
    }

    [Fact]
    public void A_member_that_the_C_program_gives_up_is_NaN()
    {
        using var simulator = Open(SimulatorPrograms.C());
        var frames = Run(simulator, new(1, new[] { 1, 666 }, 0, default), new double[16], 1).Frames;

        Assert.Equal([.. new double[8], .. Enumerable.Repeat(double.NaN, 8)], frames);
    }

    [Fact]
    public void A_simulator_that_hangs_is_stopped_with_its_children()
    {
        using var simulator = Open(SimulatorPrograms.Python("hang") with { FrameSeconds = 0.5 });
        var message = Assert.Throws<SimulatorException>(() => Run(simulator, new(1, new[] { 2 }, 0, default), new double[8], 1)).Message;

        Assert.Contains("was silent for 0.5 s, when it advanced member 2 from frame 0, and was stopped", message);
        var child = int.Parse(message[(message.LastIndexOf("child ", StringComparison.Ordinal) + 6)..]);
        Assert.True(SpinWait.SpinUntil(() => !IsRunning(child), TimeSpan.FromSeconds(5)), $"Process {child} is still there.");
    }

    [Fact]
    public void Text_on_standard_output_is_explained()
    {
        using var simulator = Open(SimulatorPrograms.Python("stray"));

        Assert.Contains(
            "printed 'Simulator 3.1 ready' to its standard output, which carries the protocol",
            Assert.Throws<SimulatorException>(() => simulator.Description).Message);
    }

    [Theory]
    [InlineData("no-such-program", "could not be started (exit code 127)")]
    [InlineData("/bin/true", "ended by itself (exit code 0), when it described itself")]
    [InlineData("/bin/cat", "its description cannot be read")]
    public void A_command_that_is_no_simulator_is_told(string command, string reason)
    {
        using var simulator = Open(new() { Command = [command] });

        Assert.Contains(reason, Assert.Throws<SimulatorException>(() => simulator.Description).Message);
    }

    /// <summary>Kill -9 at any moment costs nothing, and changes nothing.</summary>
    [Fact]
    public async Task A_simulator_that_is_killed_again_and_again_loses_nothing()
    {
        var options = SimulatorPrograms.Python("walk") with { Environment = new Dictionary<string, string> { ["STEP_SECONDS"] = "0.002" } };
        using Simulator quiet = Open(options), disturbed = Open(options);
        var call = new StepContext(3, Four, 0, default);
        var fields = quiet.Random(call);
        var expected = Run(quiet, call, quiet.Lift(call, fields), 100);

        using var done = new CancellationTokenSource();
        var killed = 0;
        var killer = Task.Run(async () =>
        {
            for (var wait = 20; !done.IsCancellationRequested; wait += 37) // longer and longer, so that the end is reached
            {
                await Task.Delay(wait);
                foreach (var id in disturbed.Processes)
                {
                    using var kill = Process.Start("/bin/kill", ["-9", $"{id}"]);
                    kill.WaitForExit();
                    killed++;
                }
            }
        });
        (List<double> Frames, double[] State)? found = null;
        for (var attempt = 0; found is null && attempt < 20; attempt++) // what a run does: the leg is run again
            try
            {
                found = Run(disturbed, call, disturbed.Lift(call, disturbed.Random(call)), 100);
            }
            catch (SimulatorException error) when (error.IsLost)
            {
                // killed three times in a row
            }
        done.Cancel();
        await killer;

        Assert.True(killed > 1, $"Only {killed} were killed.");
        Assert.Equal(expected.Frames, found!.Value.Frames);
        Assert.Equal(expected.State.Select(BitConverter.DoubleToInt64Bits), found.Value.State.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void Callers_at_the_same_time_have_a_process_each()
    {
        using var simulator = Open(SimulatorPrograms.Python("heat"));
        var expected = Run(simulator, new(1, new[] { 3 }, 0, default), [1, 2, 3, 4, 5, 6, 7, 8], 10).Frames;

        Parallel.For(0, 4, _ => Assert.Equal(expected, Run(simulator, new(1, new[] { 3 }, 0, default), [1, 2, 3, 4, 5, 6, 7, 8], 10).Frames));
    }

    [Fact]
    public void Processes_end_with_their_simulator()
    {
        var simulator = Open(SimulatorPrograms.Python("heat"));
        _ = simulator.Description;
        var id = Assert.Single(simulator.Processes);
        simulator.Dispose();

        Assert.True(SpinWait.SpinUntil(() => !IsRunning(id), TimeSpan.FromSeconds(5)), $"Process {id} is still there.");
    }

    private static bool IsRunning(int id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Contains(") Z "); // a zombie has ended
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static Simulator Open(SimulatorOptions options) => new(options, SimulatorPrograms.Folder);

    private static (List<double> Frames, double[] State) Run(Simulator simulator, StepContext call, double[] state, int count)
    {
        var frames = new List<double>();
        return (frames, simulator.Advance(call, (double[])state.Clone(), count, fields => frames.AddRange(fields)));
    }
}
