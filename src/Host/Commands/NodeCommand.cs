using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using LedCluster.Actors.Nodes;
using LedCluster.Actors.RabbitMq;
using LedCluster.Host.Cluster;
using LedCluster.Host.Console;

namespace LedCluster.Host.Commands;

/// <summary><c>led node</c>: lends this machine to a cluster, until it is told to stop.</summary>
internal static partial class NodeCommand
{
    private const string Micro = "micro", Latent = "latent", ThisProcessor = "cpu";

    public static Command Create()
    {
        var role = new Option<string>("--role")
        {
            Description = "micro (the solver's legs), latent (the propagator's legs), or both, with a comma between them; with --engine akka also coordinator (hosts the cohorts' entities).",
            DefaultValueFactory = _ => $"{Micro},{Latent}",
        };
        var engine = EngineOptions.Engine(EngineChoice.RabbitMqName);
        var workers = new Option<int>("--workers") { Description = "Threads for micro legs (1 to 256); default one per processor.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var device = new Option<string>("--device") { Description = "Where macro legs run: cpu, or cuda:0, cuda:1, ...", DefaultValueFactory = _ => ThisProcessor };
        var name = new Option<string?>("--name") { Description = "Name in replies and logs; default: host and process." };
        var command = new Command("node", "Work for runs on a cluster until stopped; the first Ctrl-C or SIGTERM finishes the legs in hand and hands back the rest.")
        {
            role, engine, workers, device, name,
        };
        var (broker, akka) = (BrokerSettings.AddTo(command), AkkaSettings.AddTo(command));
        command.SetAction(async (arguments, _) =>
        {
            var carrier = EngineOptions.Named(arguments.GetRequiredValue(engine));
            if (carrier == EngineChoice.EmbeddedName)
                throw new UserError($"--engine {EngineChoice.EmbeddedName} has no nodes: it runs within 'led forecast'. Give --engine {EngineChoice.RabbitMqName} or {AkkaPart.Name}.");
            var place = carrier == AkkaPart.Name ? akka.Read(arguments) : null;
            var roles = Roles(arguments.GetRequiredValue(role), carrier);
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
            await (place is not null
                ? AkkaPart.RunNodeAsync(place, options, roles.Contains(AkkaPart.Coordinator), Note, interruption.Token)
                : new RabbitMqNode(broker.Read(arguments), options, SetupArchive.Workers, Note).RunAsync(interruption.Token));
            return ExitCode.Done;

            void Note(string text) => terminal.Note($"{DateTime.Now:HH:mm:ss.fff} {text}");
        });
        return command;
    }

    private static string[] Roles(string given, string engine)
    {
        var roles = given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var hosts = engine == AkkaPart.Name;
        return roles.Length > 0 && roles.All(r => r is Micro or Latent || hosts && r == AkkaPart.Coordinator) ? roles : throw new UserError(
            $"--role is '{given}'; give {Micro}, {Latent}, or {Micro},{Latent}{(hosts ? $"; with --engine {engine} also {AkkaPart.Coordinator}" : "")}.");
    }

    /// <summary>Refuses a device that the node does not have, rather than running somewhere else in silence.</summary>
    private static void CheckDevice(string device, string[] roles)
    {
        if (device == ThisProcessor)
            return;
        if (!GraphicsDevice().IsMatch(device))
            throw new UserError($"--device is '{device}'; give {ThisProcessor}, or cuda:0, cuda:1, ...");
        throw new UserError(roles.Contains(Latent)
            ? $"--device {device}: this build runs macro legs on the CPU only, so that this node does not have that device. Give --device {ThisProcessor}."
            : $"--device {device}: only latent nodes use a device, and this one has the role {Micro}. Leave --device out.");
    }

    [GeneratedRegex(@"\Acuda:[0-9]{1,2}\z")]
    private static partial Regex GraphicsDevice();
}
