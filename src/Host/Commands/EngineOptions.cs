using System.CommandLine;
using LedCluster.Actors.RabbitMq;
using LedCluster.Host.Cluster;

namespace LedCluster.Host.Commands;

/// <summary>Options that say what carries the cohorts of a run.</summary>
internal sealed class EngineOptions
{
    private const string PasswordVariable = "LEDCLUSTER_RABBITMQ_PASSWORD";

    private readonly Option<string> engine = Engine(EngineChoice.EmbeddedName);
    private readonly Option<string?> broker = BrokerOption();
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

    private EngineOptions()
    {
    }

    /// <summary>Adds the options to a command.</summary>
    public static EngineOptions AddTo(Command command)
    {
        var options = new EngineOptions();
        foreach (var option in (Option[])[options.engine, options.broker, options.window, options.legTimeout])
            command.Add(option);
        return options;
    }

    /// <summary>The option that names an engine.</summary>
    public static Option<string> Engine(string usual) => new("--engine")
    {
        Description = "embedded: actors in this process; rabbitmq: 'led node' processes that listen to a RabbitMQ broker. Does not change the output.",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>The option that names a broker.</summary>
    public static Option<string?> BrokerOption() => new("--broker")
    {
        Description = $"amqp://[user@]host[:port][/vhost], or amqps:// for TLS; the password is read from {PasswordVariable}.",
    };

    /// <summary>What was chosen.</summary>
    /// <exception cref="UserError">It cannot be used.</exception>
    public EngineChoice Read(ParseResult arguments, Action<string> log)
    {
        if (Named(arguments.GetRequiredValue(engine)) == EngineChoice.EmbeddedName)
        {
            return arguments.GetValue(broker) is null ? EngineChoice.Embedded
                : throw new UserError("--broker is given, but the embedded engine needs none. Add --engine rabbitmq, or leave --broker out.");
        }
        if (!(Math.Abs(arguments.GetValue(legTimeout)) <= TimeSpan.MaxValue.TotalSeconds / 2))
            throw new UserError($"--leg-timeout is {arguments.GetValue(legTimeout)} s; give 0.1 to 86,400.");
        var cluster = new RabbitMqOptions { Window = arguments.GetValue(window), LegTimeout = TimeSpan.FromSeconds(arguments.GetValue(legTimeout)) };
        return cluster.Faults() is { Count: > 0 } faults ? throw new UserError(string.Join("\n", faults))
            : EngineChoice.RabbitMq(Broker(arguments.GetValue(broker)), cluster, log);
    }

    /// <summary>An engine's name, checked.</summary>
    /// <exception cref="UserError">This build does not contain it.</exception>
    public static string Named(string name) => name switch
    {
        EngineChoice.EmbeddedName or EngineChoice.RabbitMqName => name,
        _ => throw new UserError($"--engine is '{name}'; engines are {EngineChoice.EmbeddedName} and {EngineChoice.RabbitMqName}."),
    };

    /// <summary>Where the broker is; the password comes from the environment.</summary>
    /// <exception cref="UserError">It is missing or not an address.</exception>
    public static BrokerOptions Broker(string? address)
    {
        if (address is null)
            throw new UserError("--engine rabbitmq needs a broker: give --broker amqp://[user@]host[:port][/vhost].");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new UserError("--broker is not an address; give amqp://[user@]host[:port][/vhost].");
        var options = new BrokerOptions { Uri = uri };
        if (Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } password)
            options = options with { Password = password };
        return options.Faults() is { Count: > 0 } faults
            ? throw new UserError(string.Join("\n", faults.Select(f => f.Replace("into the environment", $"into {PasswordVariable}", StringComparison.Ordinal))))
            : options;
    }
}
