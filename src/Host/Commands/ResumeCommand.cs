using System.CommandLine;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;

namespace LedCluster.Host.Commands;

/// <summary><c>led resume</c>: goes on with a run that was stopped or killed; its output is the same to the bit.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var run = SharedOptions.Run();
        var (workers, cohortSize, json) = (SharedOptions.Workers(), SharedOptions.CohortSize(), SharedOptions.Json());
        var retry = new Option<bool>("--retry-failed") { Description = "Give members that failed another chance, from their last checkpoint." };
        var repair = new Option<bool>("--repair") { Description = "Compute members anew whose output is damaged ('led verify' names them), and write damaged metadata and statistics again." };
        var output = new Option<string?>("--out") { Description = "FILE.npy: also write all fields as one float32 array, as with forecast." };
        var command = new Command("resume", "Go on with a run that was stopped or killed, from its last checkpoints.") { run, retry, repair, output, cohortSize, workers, json };
        var (engine, latent) = (EngineOptions.AddTo(command), LatentDeviceOptions.AddDeviceTo(command));
        command.SetAction(arguments =>
        {
            var options = new ExecutionOptions { CohortSize = arguments.GetValue(cohortSize), Workers = arguments.GetValue(workers) };
            if (options.Faults() is { Count: > 0 } faults)
                throw new UserError(string.Join("\n", faults));
            if (arguments.GetValue(output) is { } file && !file.EndsWith(".npy", StringComparison.Ordinal))
                throw new UserError($"--out is '{file}'; give a name that ends in .npy.");
            var terminal = new Terminal(arguments.GetValue(json));
            var carrier = engine.Read(arguments, terminal.Log);
            return ForecastCommand.Carry(
                ForecastSetup.Open(arguments.GetRequiredValue(run)), options, carrier, latent.Device(arguments), arguments.GetValue(retry), arguments.GetValue(repair), arguments.GetValue(output), terminal);
        });
        return command;
    }
}
