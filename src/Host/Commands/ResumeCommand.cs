using System.CommandLine;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;

namespace LedCluster.Host.Commands;

/// <summary><c>led resume</c>: continues a run that was stopped or killed; its output is the same to the bit.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var run = SharedOptions.Run();
        var (workers, cohortSize, json) = (SharedOptions.Workers(), SharedOptions.CohortSize(), SharedOptions.Json());
        var retry = new Option<bool>("--retry-failed") { Description = "Try members that failed again, from their last checkpoint." };
        var repair = new Option<bool>("--repair")
        {
            Description = "Recompute members whose output is damaged ('led verify' names them), and rewrite damaged metadata and statistics.",
        };
        var output = new Option<string?>("--out") { Description = "FILE.npy: also write all fields as one float32 array, as with forecast." };
        var command = new Command("resume", "Continue a run that was stopped or killed, from its last checkpoints.")
        {
            run, retry, repair, output, cohortSize, workers, json,
        };
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
                ForecastSetup.Open(arguments.GetRequiredValue(run)), options, carrier, latent.Device(arguments),
                arguments.GetValue(retry), arguments.GetValue(repair), arguments.GetValue(output), terminal);
        });
        return command;
    }
}
