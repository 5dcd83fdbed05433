using System.CommandLine;
using LedCluster.Actors.RabbitMq;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Commands;

/// <summary>Options that say what carries the cohorts of a run.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> engine = Engine(EngineChoice.EmbeddedName);
    private readonly Option<int> window = new("--window")
    {
        Description = "Cohorts in flight on a cluster (1 to 10,000); about four per worker keeps all busy. Does not change the output.",
        DefaultValueFactory = _ => new RabbitMqOptions().Window,
    };

    private readonly Option<double> legTimeout = new("--leg-timeout")
    {
        Description = "Seconds after which a leg of a silent worker is given to another (0.1 to 86,400). Does not change the output.",
        DefaultValueFactory = _ => new RabbitMqOptions().LegTimeout.TotalSeconds,
    };

    private readonly Option<QueueKind> queues = new("--queues")
    {
        Description = "How the broker keeps a run's queues: classic, on one of its nodes, or quorum, on most of them (--engine rabbitmq). A run keeps the kind that it started with.",
        DefaultValueFactory = _ => new RabbitMqOptions().Queues,
    };

    private readonly BrokerSettings broker;
    private readonly AkkaSettings akka;

    private EngineOptions(Command command)
    {
        queues.AcceptOnlyFromAmong("classic", "quorum");
        foreach (var option in (Option[])[engine, window, legTimeout, queues])
            command.Add(option);
        (broker, akka) = (BrokerSettings.AddTo(command), AkkaSettings.AddTo(command));
    }

    /// <summary>Adds the options to a command.</summary>
    public static EngineOptions AddTo(Command command) => new(command);

    /// <summary>The option that names an engine.</summary>
    public static Option<string> Engine(string usual) => new("--engine")
    {
        Description = "embedded: actors in this process; rabbitmq: 'led node' processes that listen to a RabbitMQ broker; akka: 'led node' processes that form an Akka.NET cluster. Does not change the output.",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>What was chosen.</summary>
    /// <exception cref="UserError">It cannot be used.</exception>
    public EngineChoice Read(ParseResult arguments, Action<string> log)
    {
        var name = Named(arguments.GetRequiredValue(engine));
        if (name != EngineChoice.RabbitMqName && broker.IsGiven(arguments))
            throw new UserError($"--broker is given, but the engine {name} needs none. Add --engine rabbitmq, or leave --broker out.");
        if (name != EngineChoice.RabbitMqName && arguments.GetResult(queues) is { Implicit: false })
            throw new UserError($"--queues is given, but the engine {name} has none. Add --engine rabbitmq, or leave --queues out.");
        if (name != AkkaPart.Name && akka.IsGiven(arguments))
            throw new UserError($"--seed-nodes is given, but the engine {name} has none. Add --engine akka, or leave --seed-nodes out.");
        if (name == EngineChoice.EmbeddedName)
            return EngineChoice.Embedded;
        if (!(Math.Abs(arguments.GetValue(legTimeout)) <= TimeSpan.MaxValue.TotalSeconds / 2))
            throw new UserError($"--leg-timeout is {arguments.GetValue(legTimeout)} s; give 0.1 to 86,400.");
        var cluster = new RabbitMqOptions
        {
            Window = arguments.GetValue(window), LegTimeout = TimeSpan.FromSeconds(arguments.GetValue(legTimeout)), Queues = arguments.GetValue(queues),
        };
        if (cluster.Faults() is { Count: > 0 } faults)
            throw new UserError(string.Join("\n", faults));
        return name == AkkaPart.Name ? EngineChoice.Akka(akka.Read(arguments), cluster, log) : EngineChoice.RabbitMq(broker.Read(arguments), cluster, log);
    }

    /// <summary>An engine's name, checked.</summary>
    /// <exception cref="UserError">This build does not contain it.</exception>
    public static string Named(string name) => name switch
    {
        EngineChoice.EmbeddedName or EngineChoice.RabbitMqName or AkkaPart.Name => name,
        _ => throw new UserError($"--engine is '{name}'; engines are {EngineChoice.EmbeddedName}, {EngineChoice.RabbitMqName} and {AkkaPart.Name}."),
    };
}
