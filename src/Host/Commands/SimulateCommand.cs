using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Actors;
using LedCluster.Domain.Npy;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Storage.Npy;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led simulate</c>: the micro solver alone.</summary>
internal static class SimulateCommand
{
    /// <summary>Members advanced at a time, which bounds the memory.</summary>
    private const int Block = 64;

    public static Command Create()
    {
        var study = SharedOptions.Study();
        var (members, conditions, final) = (SharedOptions.Members(), SharedOptions.InitialConditions(), SharedOptions.FinalTime());
        var (seed, json) = (SharedOptions.Seed(), SharedOptions.Json());
        var (workers, set, parameters) = (SharedOptions.Workers(), SharedOptions.Set(), SharedOptions.Parameters());
        var output = new Option<string>("--out")
        {
            Description = "FILE.npy to write: float64 [members, frames, channels, points]; frame 0 is the initial condition.",
            Required = true,
        };
        var step = SharedOptions.InnerTimeStep();
        var command = new Command("simulate", "Run the micro solver alone.")
        {
            study, members, conditions, set, parameters, seed, final, step, workers, output, json,
        };
        command.SetAction(arguments =>
        {
            var chosen = StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study));
            var (system, path) = (chosen.PhysicalSystem, arguments.GetRequiredValue(output));
            var (layout, duration) = (system.Solver.Layout, arguments.GetValue(final) ?? chosen.FinalTime);
            if (!path.EndsWith(".npy", StringComparison.Ordinal))
                throw new UserError($"--out is '{path}'; give a name that ends in .npy.");
            if (arguments.GetValue(conditions) is { } input && Path.GetFullPath(input) == Path.GetFullPath(path))
                throw new UserError($"--out '{path}' would overwrite the initial conditions of --ic. Give another name.");
            if (layout.Frames(duration) is not { } frames)
                throw new UserError($"--t-final is {duration}; give a non-negative multiple of the study's time step {layout.TimeStep}.");
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            if (arguments.GetValue(members) < 1)
                throw new UserError($"--members is {arguments.GetValue(members)}; give 1 to 1,000,000.");
            var (count, draw) = (arguments.GetValue(members), arguments.GetValue(seed));
            InitialConditions Conditions(int? rows) => arguments.GetValue(conditions) is { } file
                ? InitialConditions.FromFile(system, file, count, draw) : InitialConditions.Random(chosen, draw, count ?? rows ?? 1);
            var source = ParameterInput.Apply(chosen, arguments.GetValue(set) ?? [], arguments.GetValue(parameters), count, draw, Conditions);
            var terminal = new Terminal(arguments.GetValue(json));
            if (source.Conversion is { } conversion)
                terminal.Note(conversion);
            return Run(chosen.SolverAt(arguments.GetValue(step)), source, frames, path, arguments.GetValue(workers), terminal);
        });
        return command;
    }

    private static int Run(IMicroSolver solver, InitialConditions source, int frames, string path, int workers, Terminal terminal)
    {
        var layout = solver.Layout;
        using var interruption = new Interruption();
        using var writer = NpyWriter.Create(path, [source.Members, frames + 1, layout.Channels.Length, layout.Points], NpyType.Float64);
        var (gate, done, cpu) = (new Lock(), 0L, 0.0);
        terminal.Progress($"{source.Members} members to frame {frames}", (double)source.Members * frames, set =>
        {
            var blocks = Enumerable.Range(0, source.Members).Chunk(Block).ToArray();
            Parallel.ForEach(blocks, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = interruption.Token }, block =>
            {
                var clock = new ThreadClock();
                var start = clock.Now.Cpu;
                MicroSimulation.Run(solver, source.Fields(block), frames, source.Parameters.Context(block), (first, piece) =>
                {
                    interruption.Token.ThrowIfCancellationRequested();
                    for (var i = 0; i < block.Length; i++)
                        writer.Write(((long)block[i] * (frames + 1) + first) * layout.Size, Member(piece, i, block.Length, layout.Size));
                    lock (gate)
                        set(done += piece.Length / layout.Size);
                });
                lock (gate)
                    cpu += clock.Now.Cpu - start;
            });
            return 0;
        });
        writer.Complete();
        var perUnit = cpu / source.Members / Math.Max(1, frames * layout.TimeStep);
        terminal.Result(
            new JsonObject
            {
                ["out"] = path,
                ["members"] = source.Members,
                ["frames"] = frames + 1,
                ["cpuSeconds"] = cpu,
                ["cpuMicrosecondsPerMemberAndTimeUnit"] = 1e6 * perUnit,
            },
            console => console.MarkupLineInterpolated(
                $"{path}: {source.Members} members, {frames + 1} frames; {1e6 * perUnit:F1} µs of CPU per member and time unit"));
        return ExitCode.Done;
    }

    private static double[] Member(double[] piece, int position, int members, int size)
    {
        var own = new double[piece.Length / members];
        for (var frame = 0; frame < own.Length / size; frame++)
            Array.Copy(piece, (frame * members + position) * size, own, frame * size, size);
        return own;
    }
}
