using System.CommandLine;
using LedCluster.Domain.Runs;
using LedCluster.Host.Console;
using LedCluster.Host.Service;

namespace LedCluster.Host.Commands;

/// <summary><c>led serve</c>: runs forecasts that are requested over HTTP.</summary>
internal static class ServeCommand
{
    private const int MostAtOnce = 16;

    public static Command Create()
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Address to listen on; any other than loopback needs a token.",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
        };
        var runs = new Option<string>("--runs") { Description = "Directory of the runs.", DefaultValueFactory = _ => "runs" };
        var folder = new Option<string?>("--ic-folder") { Description = "The only folder from which initial conditions may be read; default: none." };
        var token = SharedOptions.TokenFile();
        var (workers, cohortSize) = (SharedOptions.Workers(), SharedOptions.CohortSize());
        var atOnce = new Option<int>("--at-once")
        {
            Description = $"Runs executed at the same time (1 to {MostAtOnce}), each with its share of --workers, or of --window on a cluster.",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "serve", "Run forecasts that are requested over HTTP; 'led remote' is the client. SIGTERM stops the active runs at a checkpoint.")
        {
            listen, runs, folder, token, cohortSize, workers, atOnce,
        };
        var engine = EngineOptions.AddTo(command);
        command.SetAction(arguments =>
        {
            var execution = new ExecutionOptions { CohortSize = arguments.GetValue(cohortSize), Workers = arguments.GetValue(workers) };
            if (execution.Faults() is { Count: > 0 } faults)
                throw new UserError(string.Join("\n", faults));
            var count = arguments.GetValue(atOnce);
            if (count is < 1 or > MostAtOnce)
                throw new UserError($"--at-once is {count}; give 1 to {MostAtOnce}.");
            var options = new ServiceOptions
            {
                Listen = ListenAddress.Parse(arguments.GetValue(listen)!),
                Runs = arguments.GetValue(runs)!,
                InitialConditions = arguments.GetValue(folder) is not { } given || Directory.Exists(given) ? arguments.GetValue(folder)
                    : throw new UserError($"--ic-folder is '{given}', which is not a directory."),
                Token = AccessToken.Secret(arguments.GetValue(token)) is { } secret ? new AccessToken(secret) : null,
                Engine = engine.Read(arguments, Note, count),
                AtOnce = count,
                Execution = execution,
            };
            if (options is { Listen.IsLoopback: false, Token: null })
            {
                throw new UserError(
                    $"--listen is '{arguments.GetValue(listen)}', which other machines can reach. Give a token with --token-file or {AccessToken.Variable}, "
                    + "or listen on 127.0.0.1.");
            }
            return Serve(options);
        });
        return command;
    }

    private static int Serve(ServiceOptions options)
    {
        using var interruption = new Interruption();
        var service = new RunService(options, Note);
        var app = HttpTransport.Create(service, options);
#if WITH_PETABRIDGE_CMD
        using var commands = PetabridgePalette.Start(service);
#endif
        try
        {
            app.StartAsync().GetAwaiter().GetResult();
            System.Console.Out.WriteLine($"listening on {HttpTransport.Address(app)}, runs in {Path.GetFullPath(options.Runs)}");
            service.Start();
            interruption.Token.WaitHandle.WaitOne();
            Note("stopping; the legs in progress are finished first");
        }
        finally
        {
            service.Dispose(); // meanwhile the service still answers
        }
        app.StopAsync().GetAwaiter().GetResult();
        return ExitCode.Done;
    }

    private static void Note(string text) => new Terminal(json: false).Note($"{DateTime.UtcNow:u}  {text}");
}
