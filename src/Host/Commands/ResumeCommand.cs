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
        var run = CommonOptions.Run();
        var (workers, cohortSize, json) = (CommonOptions.Workers(), CommonOptions.CohortSize(), CommonOptions.Json());
        var retry = new Option<bool>("--retry-failed") { Description = "Give members that failed another chance, from their last checkpoint." };
        var command = new Command("resume", "Go on with a run that was stopped or killed, from its last checkpoints.") { run, retry, cohortSize, workers, json };
        command.SetAction(arguments =>
        {
            var options = new ExecutionOptions { CohortSize = arguments.GetValue(cohortSize), Workers = arguments.GetValue(workers) };
            if (options.Faults() is { Count: > 0 } faults)
                throw new UserError(string.Join("\n", faults));
            return ForecastCommand.Carry(
                ForecastSetup.Open(arguments.GetRequiredValue(run)), options, arguments.GetValue(retry), array: null, new Terminal(arguments.GetValue(json)));
        });
        return command;
    }
}
