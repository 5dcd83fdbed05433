using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Akka.Actor;
using LedCluster.Storage.Files;
using Petabridge.Cmd;
using Petabridge.Cmd.Host;
using Spectre.Console;

namespace LedCluster.Host.Service;

/// <summary>
/// The palette as commands of Petabridge.Cmd: <c>pbm 127.0.0.1:9110 led status --run NAME</c>. Each verb has the handler that
/// HTTP uses. Listens on loopback only, as Petabridge.Cmd asks for no token. Compiled with -p:WithPetabridgeCmd=true.
/// </summary>
internal sealed class PetabridgePalette(RunService service) : CommandPaletteHandler(Commands)
{
    private const string Configuration = "petabridge.cmd { host = 127.0.0.1, port = 9110 }";

    private static readonly CommandPalette Commands = new("led", [.. Palette.All.Select(Define)]);

    private static CommandDefinition Define(Verb verb) => verb.Arguments.Where(a => a.Kind != ArgumentKind.Fields).Aggregate(
        new CommandDefinitionBuilder().WithName(verb.Name).WithDescription(verb.About),
        (command, argument) => command.WithArgument(a => a
            .WithName(argument.Name).WithSwitch($"--{argument.Name}").WithDescription(argument.About).IsMandatory(argument.InRoute || argument.Required)))
        .Build();

    /// <inheritdoc />
    public override Props HandlerProps { get; } = Props.Create(() => new Handler(service));

    /// <summary>Takes commands until disposed of.</summary>
    public static IDisposable Start(RunService service)
    {
        var system = ActorSystem.Create("led-commands", Configuration);
        var host = PetabridgeCmd.Get(system);
        host.RegisterCommandPalette(new PetabridgePalette(service));
        host.Start();
        return system;
    }

    private static string Answer(RunService service, Verb verb, Func<string, string?> given)
    {
        try
        {
            var route = verb.Arguments.Where(a => a.InRoute).ToDictionary(a => a.JsonName, a => given(a.Name) ?? "");
            var body = new JsonObject();
            foreach (var argument in verb.Arguments.Where(a => !a.InRoute && a.Kind != ArgumentKind.Fields))
                if (given(argument.Name) is { } text)
                    body[argument.JsonName] = argument.Kind == ArgumentKind.Text ? text : StrictJson.ReadNode(Encoding.UTF8.GetBytes(text));
            var answer = verb.Handle(service, new VerbCall(verb, route, JsonSerializer.SerializeToElement(body)));
            var shown = new StringWriter();
            verb.Show(AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(shown) }), answer);
            return shown.ToString();
        }
        catch (Exception error) when (error is UserError or ServiceError or JsonException)
        {
            return error.Message;
        }
    }

    private sealed class Handler : CommandHandlerActor
    {
        public Handler(RunService service) : base(Commands)
        {
            foreach (var verb in Palette.All)
            {
                Process(verb.Name, (_, arguments) => Sender.Tell(
                    new CommandResponse(Answer(service, verb, name => arguments.ArgumentValues(name).FirstOrDefault()))));
            }
        }
    }
}
