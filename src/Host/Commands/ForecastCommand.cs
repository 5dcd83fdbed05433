using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Domain.Workers;
using LedCluster.Host.Cluster;
using LedCluster.Host.Console;
using LedCluster.Host.Evaluation;
using LedCluster.Host.Forecasts;
using LedCluster.Host.Studies;
using LedCluster.Models.Devices;
using LedCluster.Storage.Forecasts;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led forecast</c>: a large ensemble by Multiscale-LED or Latent-LED.</summary>
internal static class ForecastCommand
{
    public static Command Create()
    {
        var study = SharedOptions.Study();
        var (members, conditions, final) = (SharedOptions.Members(), SharedOptions.InitialConditions(), SharedOptions.FinalTime());
        var (seed, workers, cohortSize, json) = (SharedOptions.Seed(), SharedOptions.Workers(), SharedOptions.CohortSize(), SharedOptions.Json());
        var (set, parameters) = (SharedOptions.Set(), SharedOptions.Parameters());
        var mode = new Option<string>("--mode")
        {
            Description = "multiscale: alternate between propagator and micro solver; latent: propagator alone after the warm-up.",
            DefaultValueFactory = _ => "multiscale",
        };
        Choices.Only(mode, ForecastRequest.Multiscale, ForecastRequest.Latent);
        var warm = new Option<double?>("--t-warm") { Description = "T_warm, computed by the micro solver; default: the study's." };
        var macro = new Option<double?>("--t-macro") { Description = "T_m, length of a macro leg; 0 for the micro solver alone; default: the study's." };
        var micro = new Option<double?>("--t-micro") { Description = "T_mu, length of a micro leg; 0 for Latent-LED; default: the study's." };
        var step = SharedOptions.InnerTimeStep();
        var lift = new Option<LiftRule?>("--lift")
        {
            Description = "How the micro solver restarts from a decoded field: equilibrium (as published) or gradient; default: the study's.",
        };
        var precision = new Option<KeptPrecision?>("--precision")
        {
            Description = "Number format of kept fields: float32 or float64; default: the study's, else float32.",
        };
        var save = new Option<SaveRule?>("--save")
        {
            Description = "Output for each member: fields (and latents), or latent (latents alone); default: fields. "
                + "Ensemble statistics are always kept.",
        };
        Choices.Only(lift, "equilibrium", "gradient");
        Choices.Only(precision, "float32", "float64");
        Choices.Only(save, "fields", "latent");
        var model = new Option<string?>("--model")
        {
            Description = "Name of one of the study's models (see 'led studies'), or the directory of a model; default: the study's default model.",
        };
        var run = new Option<string?>("--run")
        {
            Description = "Run directory; default: a new one under runs/. An unfinished run of the same spec is resumed.",
        };
        var output = new Option<string?>("--out")
        {
            Description = "FILE.npy: also write all fields as one array [members, frames, channels, points], in the precision in which they "
                + "are kept. Any other name is that of the run directory.",
        };
        var yes = new Option<bool>("--yes")
        {
            Description = $"Allow an output of more than {RunSpace.Text(RunSpace.Much)}, which is refused at a terminal otherwise.",
        };
        var ignoreSpace = SharedOptions.IgnoreFreeSpace();
        var command = new Command("forecast", "Forecast an ensemble and write a run directory with output.zarr, metrics.json and report.html.")
        {
            study, members, conditions, set, parameters, seed, final, mode, warm, macro, micro, step, lift, save, precision, model, run, output,
            cohortSize, workers, yes, ignoreSpace, json,
        };
        var (engine, latent) = (EngineOptions.AddTo(command), LatentDeviceOptions.AddTo(command));
        command.SetAction(arguments =>
        {
            var chosen = StudyCatalog.FindOrLoad(arguments.GetRequiredValue(study));
            var options = new ExecutionOptions { CohortSize = arguments.GetValue(cohortSize), Workers = arguments.GetValue(workers) };
            var terminal = new Terminal(arguments.GetValue(json));
            var carrier = engine.Read(arguments, terminal.Log);
            var file = arguments.GetValue(output);
            var asArray = file?.EndsWith(".npy", StringComparison.Ordinal) == true;
            if (!asArray && file is not null && arguments.GetValue(run) is not null)
                throw new UserError($"--out '{file}' does not end in .npy, so it names the run directory, but --run is given too. Give only one of them.");
            if (asArray && Path.GetDirectoryName(Path.GetFullPath(file!)) is { } folder && !Directory.Exists(folder))
                throw new UserError($"--out is '{file}', but the directory '{folder}' does not exist. Create it first.");
            if (asArray && arguments.GetValue(save) == SaveRule.Latent)
                throw new UserError("--out FILE.npy needs the fields of the micro solver, which --save latent does not keep. Leave out one of them.");

            var path = arguments.GetValue(conditions);
            var request = new ForecastRequest(chosen)
            {
                Members = arguments.GetValue(members),
                Source = path is null ? null : count => InitialConditions.FromFile(chosen.PhysicalSystem, path, count, arguments.GetValue(seed)),
                Seed = arguments.GetValue(seed),
                Settings = arguments.GetValue(set) ?? [],
                ParametersFile = arguments.GetValue(parameters),
                FinalTime = arguments.GetValue(final),
                Mode = arguments.GetValue(mode),
                WarmTime = arguments.GetValue(warm),
                MacroTime = arguments.GetValue(macro),
                MicroTime = arguments.GetValue(micro),
                InnerTimeStep = arguments.GetValue(step),
                Lift = arguments.GetValue(lift),
                Save = arguments.GetValue(save) ?? SaveRule.Fields,
                Precision = arguments.GetValue(precision),
                Model = arguments.GetValue(model),
                LatentArithmetic = latent.Arithmetic(arguments),
            };
            var (spec, source) = request.Resolve(options.Faults());
            if (source.Conversion is { } conversion)
                terminal.Note(conversion);

            CheckDevice(carrier, latent.Device(arguments), spec.LatentArithmetic); // before there is a run directory
            var directory = arguments.GetValue(run) ?? (asArray ? null : file)
                ?? Path.Combine("runs", $"{chosen.Name}-{DateTime.Now:yyyyMMdd-HHmmss}-{Environment.ProcessId}");
            var space = "";
            EffectiveModel OnDevice(EffectiveModel loaded) =>
                LatentPlace.Model(spec, loaded, request.ModelDirectory, latent.Device(arguments), terminal.Warn);
            var setup = ForecastSetup.Create(directory, spec, chosen, request.ModelDirectory, source, bytes =>
            {
                space = RunSpace.Text(bytes);
                if (RunSpace.Doubt(bytes, terminal.IsInteractive, arguments.GetValue(yes)) is { } doubt)
                    throw new UserError(doubt);
            }, arguments.GetValue(ignoreSpace), latents: OnDevice);
            terminal.Note($"{spec.Members} members of {chosen.Name} to t = {spec.FinalTime}: {space} in {directory}");
            return Carry(setup, options, carrier, latent.Device(arguments), retryFailed: false, repair: false, asArray ? file : null, terminal);
        });
        return command;
    }

    private static void CheckDevice(EngineChoice engine, ComputeDevice? latentDevice, string? arithmetic)
    {
        if (engine.StartsNodes && arithmetic is not null)
            throw new UserError($"--nodes starts nodes that compute on the CPU, but the run's latents are computed with '{arithmetic}'. "
                + "Leave --nodes out, or start nodes with 'led node --device' and give --join.");
        if (!engine.IsLocal && latentDevice is { IsKernel: true })
            throw new UserError($"--latent-device {latentDevice.Name} applies to a run in this process. On a cluster each node has its own device: "
                + $"'led node --device {latentDevice.Name}'. Leave the option out.");
    }

    /// <summary>Runs, exports and reports; what <c>forecast</c> and <c>resume</c> have in common.</summary>
    /// <exception cref="DamagedOutputException">What an earlier session left is not what it recorded, and it is not to be repaired.</exception>
    public static int Carry(
        ForecastSetup setup, ExecutionOptions options, EngineChoice engine, ComputeDevice? latentDevice, bool retryFailed, bool repair, string? array,
        Terminal terminal)
    {
        var (damaged, again) = Earlier(setup, options, repair, terminal);
        if (!retryFailed && !again && MetricsFile.Finished(setup) is { } finished)
        {
            terminal.Note($"'{finished.Run}' is finished; there is nothing to resume.");
            if (array is not null)
                ForecastRunner.Export(setup, array);
            Show(setup, finished, array, terminal);
            return finished.ExitCode;
        }
        if (SeedCheck.Of(setup)?.Fault is { } fault)
            terminal.Warn(fault); // before the work, for it may be in vain
        CheckDevice(engine, latentDevice, setup.Spec.LatentArithmetic);
        if (engine.IsLocal && setup.LatentModel is null)
            setup = setup.On(latentDevice, terminal.Warn); // on a cluster, that is a matter of the nodes
        using var interruption = new Interruption();
        var frames = (double)setup.Spec.Members * (setup.Schedule.Final + 1);
        var result = terminal.Progress($"{setup.Spec.Members} members of {setup.Study.Name} to t = {setup.Spec.FinalTime}", frames, (set, say) =>
        {
            var bar = new ForecastBar(set, say, terminal.Note);
            using var stopping = interruption.Token.Register(bar.Stop);
            return ForecastRunner.Run(setup, options, engine, retryFailed, bar.Tell, interruption.Token, damaged);
        }, run => run.Cancelled ? "stopped" : null, foretells: true);
        if (!result.Cancelled)
        {
            MetricsFile.WriteForecast(setup, result);
            ForecastReport.Write(setup, null);
            if (array is not null)
                ForecastRunner.Export(setup, array);
        }
        Show(setup, result, array, terminal);
        return result.ExitCode;
    }

    /// <summary>
    /// Checks what earlier sessions of the run left. Returns the members to compute anew, and whether the run must be completed
    /// again even if it is finished.
    /// </summary>
    private static (ImmutableArray<int> Damaged, bool Again) Earlier(ForecastSetup setup, ExecutionOptions options, bool repair, Terminal terminal)
    {
        if (!Directory.Exists(setup.Directory.OutputPath))
            return ([], false);
        var found = VerifyCommand.Verify(setup, options.Workers, terminal);
        if (found.IsSound)
            return ([], false);
        if (!repair)
            throw found.HasJournal ? new DamagedOutputException(setup.Directory.OutputPath, found.Lines()) : new UserError(
                $"'{setup.Directory.Path}' cannot be resumed because its journal.ndjson is missing, which lists the recorded legs. "
                + $"Restore the file from a copy, or recompute all members with: led resume {setup.Directory.Path} --repair. "
                + "Until then, xarray.open_zarr can read its output.zarr.");
        foreach (var line in found.Lines())
            terminal.Warn($"repairing: {line}");
        if (found.RestoreParts(setup.Directory, setup.Layout, setup.Decoder) && !found.WasRead)
            found = VerifyCommand.Verify(setup, options.Workers, terminal);
        return (found.Damage.Members, !found.IsSound);
    }

    /// <summary>The part of all member-frames that has been computed.</summary>
    private static double Part(ForecastSetup setup, ForecastResult result) => result.Frames.All / ((double)setup.Spec.Members * (setup.Schedule.Final + 1));

    private static void Show(ForecastSetup setup, ForecastResult result, string? array, Terminal terminal)
    {
        foreach (var failure in result.Failures.Take(5))
            terminal.Warn($"member {failure.Member} failed: {failure.Reason}");
        if (result.Failures.Length > 5)
            terminal.Warn($"and {result.Failures.Length - 5} more; 'led explain {result.Run} MEMBER' shows the reason of each");
        if (result.Cancelled)
        {
            var percent = Math.Floor(100 * Part(setup, result)).ToString(CultureInfo.InvariantCulture);
            var again = $"led resume {result.Run}{(array is null ? "" : $" --out {array}")}";
            terminal.Warn($"Stopped at {percent} %, at a checkpoint. Continue with: {again}");
        }
        var written = result.Cancelled ? null : MetricsFile.Forecast(setup);
        var cost = CostComparison.Estimated(setup.Schedule, result.Times, result.Frames);
        terminal.Result(
            new JsonObject
            {
                ["run"] = result.Run,
                ["out"] = array,
                ["members"] = new JsonObject { ["total"] = setup.Spec.Members, ["done"] = result.Done, ["failed"] = result.Failures.Length },
                ["seconds"] = Terminal.Seconds(result.Times),
                ["wallSeconds"] = result.WallSeconds,
                ["cpuSeconds"] = result.CpuSeconds,
                ["resumed"] = result.Resumed,
                ["cancelled"] = result.Cancelled,
                ["seeds"] = written?["seeds"]?.DeepClone(),
                ["speedUp"] = written?["speedUp"]?.DeepClone(),
                ["warnings"] = RunWarning.Write(written is null ? [] : MetricsFile.Warnings(setup.Directory)),
            },
            console =>
            {
                var time = result.Resumed ? " since it was resumed"
                    : result.Done < setup.Spec.Members ? ""
                    : $" ({1e3 * result.CpuSeconds / setup.Spec.Members:F2} ms of CPU per member)";
                var cpu = result.Times.Cpu;
                console.MarkupLineInterpolated(
                    $"[bold]{result.Done}[/] of {setup.Spec.Members} members done, {result.Failures.Length} failed, in {result.WallSeconds:F1} s{time}");
                var (micro, latent) = (cpu[(int)Work.Micro], cpu[(int)Work.Latent]);
                var (encode, decode) = (cpu[(int)Work.Encode], cpu[(int)Work.Decode]);
                console.MarkupLineInterpolated($"micro {micro:F2} s, latent {latent:F3} s, encode {encode:F2} s, decode {decode:F2} s of CPU");
                if (cost is not null && !result.Cancelled)
                    console.MarkupLineInterpolated($"{cost.Text}, {cost.Source}");
                if (!result.Cancelled)
                    console.MarkupLineInterpolated($"report:   {Path.Combine(result.Run, "report.html")}");
                if (!result.Cancelled)
                    console.MarkupLineInterpolated($"compare:  led evaluate {result.Run}");
            });
        if (written is not null)
            terminal.Warn(MetricsFile.Warnings(setup.Directory));
    }
}
