using LedCluster.Domain.Cycle;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Names of a run's queues.</summary>
/// <param name="Run">The run.</param>
internal readonly record struct RunQueues(RunId Run)
{
    /// <summary>Fanout exchange for announcements, shared by all runs.</summary>
    public const string Announcements = "led.runs";

    /// <summary>Orders for warm-up and micro legs.</summary>
    public string Micro => $"led.{Run}.micro";

    /// <summary>Orders for macro legs.</summary>
    public string Latent => $"led.{Run}.latent";

    /// <summary>Replies to the coordinator.</summary>
    public string Replies => $"led.{Run}.replies";

    /// <summary>What was set aside.</summary>
    public string Dead => $"led.{Run}.dead";

    /// <summary>The setup, one message that is read and put back.</summary>
    public string Setup => $"led.{Run}.setup";

    /// <summary>Where orders for a phase wait.</summary>
    public string For(Phase phase) => phase == Phase.Macro ? Latent : Micro;

    /// <summary>Declares everything the run needs; repeating it changes nothing.</summary>
    /// <param name="channel">Where to declare it.</param>
    /// <param name="kind">How the broker keeps the queues.</param>
    /// <param name="expiry">Time without consumers after which a queue vanishes; the one for what was set aside stays.</param>
    /// <exception cref="OperationInterruptedException">A queue exists with other properties.</exception>
    public async Task DeclareAsync(IChannel channel, QueueKind kind, TimeSpan expiry)
    {
        (string, object?)[] orders = [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", Dead)];
        if (kind == QueueKind.Classic)
            orders = [.. orders, ("x-max-priority", 1)]; // those that are sent again go first
        (string, object?) expires = ("x-expires", (int)expiry.TotalMilliseconds);
        await channel.ExchangeDeclareAsync(Announcements, ExchangeType.Fanout, durable: true);
        await Declare(Dead);
        await Declare(Replies, expires);
        await Declare(Micro, [.. orders, expires]);
        await Declare(Latent, [.. orders, expires]);
        await Declare(Setup, ("x-max-length", 1), ("x-overflow", "drop-head"), expires);

        Task Declare(string name, params (string Key, object? Value)[] arguments) => channel.QueueDeclareAsync(
            name, durable: true, exclusive: false, autoDelete: false,
            arguments.Append(("x-queue-type", kind == QueueKind.Quorum ? "quorum" : "classic")).ToDictionary());
    }

    /// <summary>Removes the run from the broker; what was set aside stays.</summary>
    public async Task DeleteAsync(IChannel channel)
    {
        foreach (var name in (string[])[Micro, Latent, Setup, Replies])
            await channel.QueueDeleteAsync(name, ifUnused: false, ifEmpty: false);
        if (await channel.MessageCountAsync(Dead) == 0)
            await channel.QueueDeleteAsync(Dead, ifUnused: false, ifEmpty: false);
    }
}
