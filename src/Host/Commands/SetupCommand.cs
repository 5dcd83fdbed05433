using System.CommandLine;
using System.Text.Json.Nodes;
using LedCluster.Host.Console;
using LedCluster.Host.Diagnosis;
using LedCluster.Models.Devices;
using Spectre.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led setup torch</c>: fetches what training needs and forecasting does not.</summary>
internal static class SetupCommand
{
    public static Command Create()
    {
        var json = SharedOptions.Json();
        var torch = new Command(
            "torch", "Download libtorch for the CPU, unless it is installed. For GPUs, give --libtorch the lib folder of a PyTorch installation instead.")
        {
            json,
        };
        torch.SetAction(arguments =>
        {
            var terminal = new Terminal(arguments.GetValue(json));
            if (Libtorch.Folder is null)
            {
                terminal.Note(LibtorchSetup.Announcement);
                LibtorchSetup.Fetch();
            }
            var status = Libtorch.Load();
            terminal.Result(
                new JsonObject
                {
                    ["folder"] = status.Folder,
                    ["version"] = status.Version,
                    ["devices"] = new JsonArray([.. status.Devices.Select(d => (JsonNode)d)]),
                },
                console => console.MarkupLineInterpolated($"libtorch {status.Version} in {status.Folder}, devices: {string.Join(", ", status.Devices)}"));
            return ExitCode.Done;
        });
        return new Command("setup", "Download what some commands need.") { torch };
    }
}
