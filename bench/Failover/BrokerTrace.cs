using System.Diagnostics;
using System.Text;
using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Tests;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

/// <summary>An order that the broker gave to a connection.</summary>
/// <param name="At">When, in seconds of the trace's clock.</param>
/// <param name="Connection">To whom.</param>
/// <param name="Cohort">Its cohort.</param>
/// <param name="Leg">Its leg.</param>
/// <param name="Number">Its number.</param>
/// <param name="Redelivered">Whether another had it before: then a node returns it to the coordinator unread.</param>
internal sealed record Delivery(double At, string Connection, CohortId Cohort, int Leg, int Number, bool Redelivered);

/// <summary>What became of an order, as a node told the broker.</summary>
/// <param name="At">When, in seconds of the trace's clock.</param>
/// <param name="Connection">Over which connection.</param>
/// <param name="Worker">Name of the node.</param>
/// <param name="Number">Number of the order.</param>
internal sealed record Answer(double At, string Connection, string Worker, int Number);

/// <summary>What the broker itself says of who got which order when: its trace ("firehose"), so that the program under test is as operators run it.</summary>
internal sealed class BrokerTrace : IAsyncDisposable
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<Delivery> deliveries = [];
    private readonly List<Answer> answers = [];
    private IConnection connection = null!;

    private BrokerTrace()
    {
    }

    /// <summary>Seconds since the trace began.</summary>
    public double Now => clock.Elapsed.TotalSeconds;

    /// <summary>Orders given so far.</summary>
    public Delivery[] Deliveries
    {
        get
        {
            lock (deliveries)
                return [.. deliveries];
        }
    }

    /// <summary>Answers given so far.</summary>
    public Answer[] Answers
    {
        get
        {
            lock (deliveries)
                return [.. answers];
        }
    }

    /// <summary>Starts to listen.</summary>
    public static async Task<BrokerTrace> StartAsync(TestBroker broker)
    {
        broker.Control("trace_on");
        var trace = new BrokerTrace { connection = await new ConnectionFactory { Uri = broker.Uri }.CreateConnectionAsync() };
        var channel = await trace.connection.CreateChannelAsync();
        var own = await channel.QueueDeclareAsync();
        foreach (var key in (string[])["deliver.#", "publish.#"])
            await channel.QueueBindAsync(own.QueueName, "amq.rabbitmq.trace", key);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, e) =>
        {
            trace.Note(e);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(own.QueueName, autoAck: true, consumer);
        return trace;
    }

    /// <summary>Forgets what was.</summary>
    public void Clear()
    {
        lock (deliveries)
        {
            deliveries.Clear();
            answers.Clear();
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private void Note(BasicDeliverEventArgs e)
    {
        var body = e.Body.Span;
        var headers = e.BasicProperties.Headers!;
        var who = Encoding.UTF8.GetString((byte[])headers["connection"]!);
        lock (deliveries)
        {
            if (e.RoutingKey.StartsWith("deliver.", StringComparison.Ordinal) && body.StartsWith("LCO1"u8))
            {
                var order = WorkOrder.Decode(body);
                deliveries.Add(new Delivery(Now, who, order.Cohort.Id, order.Cohort.Leg, order.Number, Convert.ToInt32(headers["redelivered"]) != 0));
            }
            else if (e.RoutingKey.StartsWith("publish.", StringComparison.Ordinal) && body.StartsWith("LCR1"u8))
            {
                var reply = WorkReply.Decode(body);
                answers.Add(new Answer(Now, who, reply.Worker, reply.Number));
            }
        }
    }
}
