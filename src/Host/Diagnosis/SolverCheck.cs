using System.Diagnostics;
using System.Runtime.InteropServices;
using LedCluster.Domain.Systems;
using LedCluster.Domain.Workers;
using LedCluster.Host.Studies;
using LedCluster.Solvers.External;

namespace LedCluster.Host.Diagnosis;

/// <summary>Tries the micro solver of a study: what every run takes for granted, what it costs, and what LED can gain.</summary>
/// <param name="study">The study; if its solver is a program, one in a folder with the program's own files alone.</param>
/// <param name="create">Makes the system anew, as another worker would have it.</param>
internal sealed class SolverCheck(Study study, Func<ISystem> create)
{
    private const ulong Seed = 20220301;
    private const int Frames = 6, Together = 16;

    /// <summary>Seconds that a propagator takes for a member and frame, about; see docs/performance.md.</summary>
    private const double LatentSeconds = 5e-6;

    private readonly List<Finding> findings = [];

    /// <summary>Runs all checks, until one fails that the others depend on.</summary>
    public IReadOnlyList<Finding> Run()
    {
        var subject = "start";
        try
        {
            var watch = Stopwatch.StartNew();
            var system = create();
            var layout = system.Solver.Layout;
            var names = string.Join(", ", layout.Channels.Select(c => c.Name));
            var channels = $"{layout.Channels.Length} channel{(layout.Channels.Length > 1 ? "s" : "")} ({names})";
            var axes = layout.Axes.Length > 0 ? $" on {string.Join(", ", layout.Axes.Select(a => $"{a.Name} ({a.Points})"))}" : " without axes";
            var parameters = system.Parameters.Length > 0 ? $", parameters {string.Join(", ", system.Parameters.Select(p => p.Name))}" : "";
            Good(subject, $"{system.Name}: {channels}{axes}, a frame every {layout.TimeStep}{parameters}; described after {watch.Elapsed.TotalSeconds:F1} s");
            subject = "initial conditions";
            if (system is ExternalSystem { Description.Random: false })
            {
                Add(
                    subject, FindingState.Poor, $"no random family, only the references {string.Join(", ", system.References)}",
                    "Let the simulator draw initial conditions (random), or give them with --ic. The remaining checks were skipped.");
                return findings;
            }
            int[] members = [3, 7, 12];
            var start = InitialConditions(system, members);
            for (var p = 0; p < members.Length; p++)
                if (layout.Fault(start.AsSpan(p * layout.Size, layout.Size)) is { } fault)
                    return Wrong(subject, $"member {members[p]}: {fault}", "Draw states that are physical, or raise the channel's limit.");
            if (!Same(InitialConditions(create(), members), start))
                return Wrong(subject, "two draws with the same seed and member differ", "Draw only from the given generator.");
            var areSame = Same(start.AsSpan(0, layout.Size), start.AsSpan(layout.Size, layout.Size));
            Good(subject, areSame ? "physical and repeatable, but two members are the same" : "physical, repeatable, and different from member to member");

            subject = "frames";
            var context = Context(system, members);
            var (fields, state) = Advance(system, system.Solver.Lift(start, LiftRule.Equilibrium, context), Frames, context);
            for (var row = 0; row < Frames * members.Length; row++)
                if (layout.Fault(fields.AsSpan(row * layout.Size, layout.Size)) is { } fault)
                {
                    return Wrong(
                        subject, $"member {members[row % members.Length]}, frame {row / members.Length + 1}: {fault}",
                        "Fix the simulator, or raise the channel's limit.");
                }
            Good(subject, $"{Frames} frames of {members.Length} members, finite and within their limits");

            subject = "asked twice";
            if (!Same(Advance(system, system.Solver.Lift(start, LiftRule.Equilibrium, context), Frames, context).Fields, fields))
            {
                return Wrong(
                    subject, "two answers to the same request have different bits",
                    "A step must depend only on its state, the seed, the member, the frame and the parameters: keep nothing between calls, and draw with "
                    + "call.rng(position).");
            }
            Good(subject, "the same bits");

            subject = "alone and with other members";
            for (var p = 0; p < members.Length; p++)
            {
                var own = Context(system, [members[p]]);
                var alone = Advance(system, system.Solver.Lift(start.AsSpan(p * layout.Size, layout.Size), LiftRule.Equilibrium, own), Frames, own).Fields;
                for (var f = 0; f < Frames; f++)
                    if (!Same(alone.AsSpan(f * layout.Size, layout.Size), fields.AsSpan((f * members.Length + p) * layout.Size, layout.Size)))
                    {
                        Add(subject, FindingState.Wrong, $"member {members[p]} has different bits alone than with other members, from frame {f + 1} on",
                            "A member's result must not depend on the other members: do not sum over members, and avoid matrix products over the member "
                            + "axis, whose sums may be in a different order (loop over the members, or use einsum without optimize).");
                        (p, f) = (members.Length, Frames);
                    }
            }
            if (findings[^1].Subject != subject)
                Good(subject, "the same bits");

            subject = "in pieces and after a restart";
            var (first, half) = Advance(system, system.Solver.Lift(start, LiftRule.Equilibrium, context), Frames / 2, context);
            var (second, end) = Advance(create(), half, Frames - Frames / 2, context.At(Frames / 2));
            if (Same([.. first, .. second], fields))
                Good(subject, "the same bits");
            else
            {
                Add(subject, FindingState.Wrong, "a process that continues from the state of another one computes different bits",
                    "Put everything that the next step needs into the state (previous derivatives, thermostats, random numbers keyed by the frame), "
                    + "and keep nothing else between steps.");
            }

            subject = "start from fields";
            if (system is ExternalSystem { Description: { Lift: false } })
                Add(subject, FindingState.Poor, "not possible (no lift)", "Forecasts cannot have micro legs (--t-micro 0). Write a lift to allow them.");
            else
            {
                var last = fields.AsSpan((Frames - 1) * members.Length * layout.Size);
                var at = context.At(Frames);
                var lifted = Advance(system, system.Solver.Lift(last, study.Lift, at), 1, at).Fields;
                var truth = Advance(system, state, 1, at).Fields;
                var (error, change) = (Rms(lifted, truth), Rms(truth, last.ToArray()));
                if (error == 0)
                    Good(subject, "the fields are the whole state");
                else
                {
                    Add(
                        subject, error <= change ? FindingState.Good : FindingState.Poor,
                        $"one frame after a restart from fields alone, the error is {error / change:G2} of the change in a frame",
                        error <= change ? "" : "The fields do not determine the state well: make micro legs long enough for it to relax, or draw the rest "
                            + "of the state from its distribution (for noise, this is the best possible).");
                }
            }

            subject = "time";
            var (single, many) = (SecondsPerFrame(system, 1), SecondsPerFrame(system, Together));
            Good(subject, $"{Time(single)} per frame of one member; {Time(many)} per member and frame with {Together} members");
            subject = "speed-up";
            SpeedUp(Math.Min(single, many), layout.TimeStep);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            Add(subject, FindingState.Wrong, error.Message, "Fix the program, and check again.");
        }
        return findings;
    }

    private void SpeedUp(double micro, double step)
    {
        var (macroTime, microTime) = (study.MacroTime, study.MicroTime);
        if (macroTime == 0)
        {
            Add("speed-up", FindingState.Poor, "none: the study's macroTime is 0, so the micro solver computes everything", "Set macroTime.");
            return;
        }
        var led = (microTime * micro + macroTime * LatentSeconds) / (macroTime + microTime);
        var (bound, expected) = ((macroTime + microTime) / microTime, micro / led);
        var share = study.WarmTime / study.FinalTime;
        var whole = micro / (share * micro + (1 - share) * led);
        var frames = study.FinalTime / step;
        var limit = microTime > 0 ? $"at most {bound:G3} times after the warm-up" : "no micro legs";
        Add("speed-up", whole > 2 ? FindingState.Good : FindingState.Poor,
            $"about {whole:G3} times to T_f = {study.FinalTime} (T_warm {study.WarmTime}, T_m {macroTime}, T_mu {microTime}; {limit}), if a propagator takes "
            + $"{1e6 * LatentSeconds:F0} µs per frame and its forecasts stay accurate; 1000 members take {Time(1000 * frames * micro)} of CPU with the "
            + $"micro solver, about {Time(1000 * frames * micro / whole)} with LED",
            whole > 2 ? "" : expected > 2 ? "Shorten warmTime, or forecast to a later finalTime."
                : "The micro solver is cheap, or micro legs are long compared with macro legs: LED is useful if a frame of the micro solver is expensive.");
    }

    private static double SecondsPerFrame(ISystem system, int count)
    {
        int[] members = [.. Enumerable.Range(0, count)];
        var context = Context(system, members);
        var state = system.Solver.Lift(InitialConditions(system, members), LiftRule.Equilibrium, context);
        var watch = Stopwatch.StartNew();
        var frames = 0;
        do
            state = Advance(system, state, 1, context.At(frames++)).State;
        while (watch.Elapsed.TotalSeconds < 0.5 && frames < 200);
        return watch.Elapsed.TotalSeconds / frames / count;
    }

    private static (double[] Fields, double[] State) Advance(ISystem system, double[] state, int frames, in StepContext context)
    {
        var sink = new Rows();
        var end = system.Solver.Advance((double[])state.Clone(), frames, sink, context);
        return ([.. sink.Fields], end);
    }

    private static double[] InitialConditions(ISystem system, int[] members)
    {
        var (size, fields) = (system.Solver.Layout.Size, new double[members.Length * system.Solver.Layout.Size]);
        var table = new ParameterTable(system.Parameters, Seed);
        for (var p = 0; p < members.Length; p++)
            system.Random(Seed, members[p], table.Of([members[p]]), fields.AsSpan(p * size, size));
        return fields;
    }

    private static StepContext Context(ISystem system, int[] members) => new(Seed, members, 0, new ParameterTable(system.Parameters, Seed).Of(members));

    private static bool Same(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => MemoryMarshal.AsBytes(a).SequenceEqual(MemoryMarshal.AsBytes(b));

    private static double Rms(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Average());

    private static string Time(double seconds) => seconds switch
    {
        < 1e-3 => $"{1e6 * seconds:G3} µs",
        < 1 => $"{1e3 * seconds:G3} ms",
        < 120 => $"{seconds:G3} s",
        < 7200 => $"{seconds / 60:G3} min",
        _ => $"{seconds / 3600:G3} h",
    };

    private void Good(string subject, string detail) => Add(subject, FindingState.Good, detail, "");

    private void Add(string subject, FindingState state, string detail, string remedy) => findings.Add(new Finding(subject, state, detail, remedy));

    private List<Finding> Wrong(string subject, string detail, string remedy)
    {
        Add(subject, FindingState.Wrong, detail, remedy);
        return findings;
    }

    private sealed class Rows : IFrameSink
    {
        public List<double> Fields { get; } = [];

        public void Add(ReadOnlySpan<double> fields) => Fields.AddRange(fields);
    }
}
