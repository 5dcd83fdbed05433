using LedCluster.Actors.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LedCluster.Actors.RabbitMq;

/// <summary>The exchange over which nodes tell how they are, and are told to drain. Nothing on it outlives its hearers.</summary>
internal static class NodeExchange
{
    /// <summary>Routing key of <see cref="NodeReport"/>.</summary>
    public const string Reports = "report";

    /// <summary>Routing key of <see cref="DrainRequest"/>.</summary>
    public const string Drains = "drain";

    private const string Name = "led.nodes";

    /// <summary>Hears all messages of one kind.</summary>
    /// <param name="channel">Where to listen.</param>
    /// <param name="key">Routing key of the messages.</param>
    /// <param name="heard">Given each message; a <see cref="FormatException"/> drops it, as foreign bytes concern nobody here.</param>
    public static async Task ListenAsync(IChannel channel, string key, Action<ReadOnlyMemory<byte>> heard)
    {
        await channel.ExchangeDeclareAsync(Name, ExchangeType.Direct, durable: true);
        var own = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true);
        await channel.QueueBindAsync(own.QueueName, Name, key);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, e) =>
        {
            try
            {
                heard(e.Body);
            }
            catch (FormatException)
            {
            }
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(own.QueueName, autoAck: true, consumer);
    }

    /// <summary>Tells a message to whoever listens.</summary>
    public static ValueTask TellAsync(IChannel channel, string key, byte[] body) => channel.BasicPublishAsync(Name, key, body);
}
