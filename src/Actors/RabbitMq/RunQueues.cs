using LedCluster.Domain.Cycle;
using RabbitMQ.Client;

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
    public async Task DeclareAsync(IChannel channel)
    {
        var rejected = new Dictionary<string, object?> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = Dead };
        var lastValue = new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "drop-head" };
        await channel.ExchangeDeclareAsync(Announcements, ExchangeType.Fanout, durable: true);
        await Declare(Dead, null);
        await Declare(Replies, null);
        await Declare(Micro, rejected);
        await Declare(Latent, rejected);
        await Declare(Setup, lastValue);

        Task Declare(string name, Dictionary<string, object?>? arguments) =>
            channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments);
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
