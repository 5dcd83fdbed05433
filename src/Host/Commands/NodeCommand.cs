using System.CommandLine;
using System.Text;
using LedCluster.Actors;
using LedCluster.Actors.Nodes;
using LedCluster.Host.Cluster;
using LedCluster.Host.Console;
using LedCluster.Models.Devices;

namespace LedCluster.Host.Commands;

/// <summary><c>led node</c>: adds this machine to a cluster until it is stopped.</summary>
internal static class NodeCommand
{
    private const string Micro = "micro", Latent = "latent", Coordinator = "coordinator", ThisProcessor = "cpu";

    public static Command Create()
    {
        var role = new Option<string>("--role")
        {
            Description = "micro (the solver's legs), latent (the propagator's legs), coordinator (hosts trajectories of other processes' runs), or several, "
                + "separated by commas.",
            DefaultValueFactory = _ => $"{Micro},{Latent}",
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Threads for micro legs (1 to 256); default: one per processor.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var device = new Option<string>("--device")
        {
            Description = "Where macro legs run: cpu; cuda:0, cuda:1, ... for runs on such a device; "
                + "or ilgpu:0, ... for runs in managed code, with the same bits.",
            DefaultValueFactory = _ => ThisProcessor,
        };
        var name = new Option<string?>("--name") { Description = "Name in lists and logs; default: host and process." };
        var programs = new Option<bool>("--external-programs")
        {
            Description = "Allow runs with an external simulator (docs/your-own-simulator.md). A run brings its program along, "
                + "so whoever can join the cluster can run programs here.",
        };
        var whileOpen = new Option<bool>("--while-input-is-open") { Description = "Stop when standard input is closed.", Hidden = true };
        var command = new Command(
            "node", "Compute for runs on a cluster until stopped; without --join, start a cluster. "
            + "The first Ctrl-C or SIGTERM finishes the legs in progress and returns the others.")
        {
            role, workers, device, name, programs, whileOpen,
        };
        var cluster = ClusterSettings.AddTo(command);
        command.SetAction(async (arguments, cancel) =>
        {
            var place = cluster.Read(arguments);
            var roles = Roles(arguments.GetRequiredValue(role));
            CheckDevice(arguments.GetRequiredValue(device), roles);
            if (arguments.GetValue(workers) is < 1 or > 256)
                throw new UserError($"--workers is {arguments.GetValue(workers)}; give 1 to 256.");
            if (arguments.GetValue(name) is { } given && Encoding.UTF8.GetByteCount(given) is 0 or > NodeReport.LongestName)
                throw new UserError($"--name has {given.Length} characters; give 1 to {NodeReport.LongestName}, and every node a name of its own.");
            var options = new NodeOptions
            {
                Name = arguments.GetValue(name) ?? $"{Environment.MachineName}-{Environment.ProcessId}",
                MicroWorkers = roles.Contains(Micro) ? arguments.GetValue(workers) : 0,
                Device = arguments.GetRequiredValue(device),
                LatentWorkers = roles.Contains(Latent) ? 1 : 0,
            };
            var terminal = new Terminal(json: false);
            using var interruption = new Interruption();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, cancel);
            if (arguments.GetValue(whileOpen))
                _ = Task.Run(() => StopWhenClosed(stop));
            var node = new ClusterNode(
                place, options, roles.Contains(Coordinator),
                archive => SetupArchive.Workers(archive, options.Device, terminal.Log, arguments.GetValue(programs)), terminal.Log);
            await node.RunAsync(stop.Token);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Whoever started this process has ended, however that came.</summary>
    private static void StopWhenClosed(CancellationTokenSource stop)
    {
        while (System.Console.In.Read() >= 0)
        {
        }
        stop.Cancel();
    }

    private static string[] Roles(string given)
    {
        var roles = given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return roles.Length > 0 && roles.All(r => r is Micro or Latent or Coordinator) ? roles : throw new UserError(
            $"--role is '{given}'; give {Micro}, {Latent}, {Coordinator}, or several of them, separated by commas.");
    }

    /// <summary>Refuses a device that the node does not have, rather than running somewhere else in silence.</summary>
    private static void CheckDevice(string device, string[] roles)
    {
        if (device == ThisProcessor)
            return;
        if (ComputeDevice.Parse(device) is not { } known)
            throw new UserError($"--device is '{device}'; give {ThisProcessor}, or cuda:0, cuda:1, ..., or ilgpu:0, ...");
        if (!roles.Contains(Latent))
            throw new UserError($"--device {device}: only latent nodes use a device, and this one has the role {Micro}. Leave --device out.");
        try
        {
            known.Check();
        }
        catch (DllNotFoundException error)
        {
            throw new UserError($"--device {device}: {error.Message}");
        }
    }
}
