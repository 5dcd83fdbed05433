using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Forecasts;
using LedCluster.Storage.Runs;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led verify</c>: whether a run's output is what was recorded.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var (run, workers, json) = (SharedOptions.Run(), SharedOptions.Workers(), SharedOptions.Json());
        var command = new Command("verify", "Compare a run's output with the checksums in its journal, and name the members whose output is damaged.")
        {
            run, workers, json,
        };
        command.SetAction(arguments =>
        {
            if (new ExecutionOptions { Workers = arguments.GetValue(workers) }.Faults() is [var fault, ..])
                throw new UserError(fault);
            var setup = ForecastSetup.Open(arguments.GetRequiredValue(run));
            var terminal = new Terminal(arguments.GetValue(json));
            var found = Verify(setup, arguments.GetValue(workers), terminal);
            Show(setup, found, terminal);
            return found.IsSound ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Reads the whole output of a run and compares it with what its journal tells.</summary>
    public static RunVerification Verify(ForecastSetup setup, int workers, Terminal terminal)
    {
        var done = 0;
        return terminal.Progress($"checking {setup.Spec.Members} members", setup.Spec.Members, set => UserError.OnBadData(() => RunVerification.Of(
            setup.Directory, setup.Layout, setup.Decoder, workers, () => set(Interlocked.Increment(ref done)))));
    }

    private static void Show(ForecastSetup setup, RunVerification found, Terminal terminal) => terminal.Result(
        new JsonObject
        {
            ["run"] = setup.Directory.Path,
            ["sound"] = found.IsSound,
            ["complete"] = found.IsComplete,
            ["members"] = found.Members,
            ["legs"] = found.Legs,
            ["legsWithoutChecksum"] = found.Unchecked,
            ["damagedMembers"] = new MemberSet(found.Damage.Members).ToString(),
            ["damagedLegs"] = new JsonArray(
                [.. found.Damage.Legs.Select(l => (JsonNode)new JsonObject { ["member"] = l.Member, ["leg"] = l.Leg, ["array"] = l.Array })]),
            ["damagedParts"] = new JsonArray([.. found.Parts.Select(part => (JsonNode)part)]),
        },
        console =>
        {
            foreach (var line in found.Lines())
                console.MarkupLineInterpolated($"[red]damaged[/]  {line}");
            if (found.Unchecked > 0)
                console.MarkupLineInterpolated($"[yellow]{found.Unchecked} legs were recorded without checksums and could not be verified[/]");
            if (!found.IsSound)
            {
                console.MarkupLineInterpolated($"Recompute it with: led resume {setup.Directory.Path} --repair");
                return;
            }
            var state = found.IsComplete ? "complete" : "not complete: values that were not computed read as NaN";
            console.MarkupLineInterpolated($"{found.Legs - found.Unchecked} legs of {found.Members} members match their checksums; the run is {state}.");
        });
}
