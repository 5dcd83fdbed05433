using System.Threading.Channels;
using LedCluster.Actors.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>One connection of a node to the broker, from its opening until it breaks or the node is drained.</summary>
internal sealed class NodeSession : IAsyncDisposable
{
    private const int SetupAttempts = 10;
    private static readonly TimeSpan SetupPause = TimeSpan.FromSeconds(0.03), LongestFarewell = TimeSpan.FromSeconds(20), LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Time without announcement after which a run is left: its queues then expire unless somebody resumes it.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    /// <summary>Time to look for runs that are announced no more.</summary>
    private sealed record Look;

    private readonly IConnection connection;
    private readonly NodeOptions options;
    private readonly NodeWatch watch;
    private readonly WorkerSlots slots;
    private readonly BuiltWorkers workers;
    private readonly TimeProvider time;
    private readonly Action<string> log;
    private readonly BrokerPatience patience;
    private readonly List<NodeLane> lanes = [];
    private readonly Dictionary<RunId, JoinedRun> runs = [];
    private readonly Channel<object> events = Channel.CreateUnbounded<object>(); // Announcement, JoinedRun that is gone, Look, or reason of a loss

    private NodeReporter reporter = null!;

    private NodeSession(IConnection connection, NodeOptions options, NodeWatch watch, WorkerSlots slots, BuiltWorkers workers, TimeProvider time, Action<string> log) =>
        (this.connection, this.options, this.watch, this.slots, this.workers, this.time, this.log, patience) = (connection, options, watch, slots, workers, time, log, new BrokerPatience(connection, options.Name, log));

    /// <summary>Connects and starts to listen.</summary>
    /// <param name="broker">Where to connect.</param>
    /// <param name="options">What the node does.</param>
    /// <param name="watch">What it knows of itself.</param>
    /// <param name="slots">Its workers.</param>
    /// <param name="workers">The solvers and models of runs.</param>
    /// <param name="time">By which a run is announced no more.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="drain">Gives up connecting; is cancelled when somebody asks over the broker for the node to drain.</param>
    public static async Task<NodeSession> OpenAsync(
        BrokerOptions broker, NodeOptions options, NodeWatch watch, WorkerSlots slots, BuiltWorkers workers, TimeProvider time, Action<string> log, CancellationTokenSource drain)
    {
        var connection = await broker.ConnectAsync($"led node {options.Name}", drain.Token);
        try
        {
            var session = new NodeSession(connection, options, watch, slots, workers, time, log);
            await session.StartAsync(drain);
            return session;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Works until drained (returns null) or until the connection is lost (returns why).</summary>
    public async Task<string?> WorkAsync(CancellationToken drain)
    {
        using var clock = time.CreateTimer(_ => events.Writer.TryWrite(new Look()), null, LookEvery, LookEvery);
        try
        {
            while (true)
            {
                switch (await events.Reader.ReadAsync(drain))
                {
                    case Announcement announcement:
                        await HeardAsync(announcement);
                        break;

                    // Its queues are gone: the run is over, or was stopped.
                    case JoinedRun run:
                        await LeaveAsync(run);
                        break;

                    case Look:
                        foreach (var run in runs.Values.Where(r => time.GetElapsedTime(r.Heard) > LongestSilence).ToArray())
                            await LeaveAsync(run);
                        break;

                    case string reason:
                        return reason;
                }
            }
        }
        catch (OperationCanceledException) when (drain.IsCancellationRequested)
        {
            await reporter.TellAsync(NodeState.Draining);
            await Task.WhenAll(lanes.Select(lane => lane.StopAsync(LongestFarewell)));
            lanes.Clear();
            await reporter.TellAsync(NodeState.Drained);
            return null;
        }
        catch (Exception error) when (BrokerTrouble.Is(error, drain)) // at the same moment as it joined or left a run
        {
            return error.GetBaseException().Message;
        }
        finally
        {
            await Task.WhenAll(lanes.Select(lane => lane.AbandonAsync()));
            await reporter.DisposeAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await connection.DisposeAsync();

    private async Task StartAsync(CancellationTokenSource drain)
    {
        connection.ConnectionShutdownAsync += (_, reason) => Lost(reason.ReplyText);
        var channel = await connection.CreateChannelAsync();
        channel.ChannelShutdownAsync += (_, reason) => Lost(reason.ReplyText);
        await channel.ExchangeDeclareAsync(RunQueues.Announcements, ExchangeType.Fanout, durable: true);
        var own = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true);
        await channel.QueueBindAsync(own.QueueName, RunQueues.Announcements, "");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, e) =>
        {
            try
            {
                MessageSeal.Check(e.BasicProperties, e.Body.Span);
                events.Writer.TryWrite(Announcement.Decode(e.Body.Span));
            }
            catch (FormatException error)
            {
                log($"{options.Name} ignored an announcement: {error.Message}");
            }
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(own.QueueName, autoAck: true, consumer);
        var administration = await connection.CreateChannelAsync();
        administration.ChannelShutdownAsync += (_, reason) => Lost(reason.ReplyText);
        reporter = await NodeReporter.StartAsync(administration, options, watch, () =>
        {
            log($"{options.Name} is asked to drain");
            drain.Cancel();
        });
        Lane(latent: false, options.MicroWorkers, NodeOptions.MicroPrefetch); // last: nothing that may fail comes after their threads
        Lane(latent: true, options.LatentWorkers, options.LatentPrefetch);

        void Lane(bool latent, int count, int least)
        {
            if (count > 0)
                lanes.Add(new NodeLane(connection, patience, latent, count, slots.Of(latent), least, options.Name, latent ? watch.Latent : watch.Micro, log, reason => Lost(reason)));
        }
    }

    private async Task HeardAsync(Announcement announcement)
    {
        if (runs.TryGetValue(announcement.Run, out var known) && known.SetupHash == announcement.SetupHash)
        {
            (known.Epoch, known.Heard) = (announcement.Epoch, time.GetTimestamp());
            return;
        }
        if (!workers.TryGet(announcement.SetupHash, out var built) && await SetupAsync(announcement) is { } setup)
            built = workers.Build(announcement.SetupHash, setup);
        if (built is null)
            return; // not there at this moment: the next announcement is at most a moment away
        if (known is not null)
            await LeaveAsync(known);
        var run = runs[announcement.Run] = new JoinedRun(announcement.Run, announcement.SetupHash, built) { Epoch = announcement.Epoch, Heard = time.GetTimestamp() };
        foreach (var lane in lanes)
            await lane.JoinAsync(run, () => events.Writer.TryWrite(run));
        log($"{options.Name} works for run {run.Id}");
    }

    private async Task LeaveAsync(JoinedRun run)
    {
        if (!runs.TryGetValue(run.Id, out var current) || current != run)
            return; // both roles tell of it
        runs.Remove(run.Id);
        foreach (var lane in lanes)
            await lane.LeaveAsync(run);
        log($"{options.Name} is done with run {run.Id}");
    }

    /// <summary>Reads the setup and leaves it in its queue; null while another node has it in hand or the run is over.</summary>
    private async Task<byte[]?> SetupAsync(Announcement announcement)
    {
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            BasicGetResult? message = null;
            for (var attempt = 0; message is null && attempt < SetupAttempts; attempt++)
            {
                if (attempt > 0)
                    await Task.Delay(SetupPause); // another node is reading it
                message = await channel.BasicGetAsync(new RunQueues(announcement.Run).Setup, autoAck: false);
            }
            if (message is null)
                return null;
            var setup = message.Body.ToArray();
            var genuine = new ClusterRun(announcement.Run, announcement.Epoch, setup).SetupHash == announcement.SetupHash;
            await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: genuine);
            if (!genuine)
                log($"{options.Name} removed {setup.Length} bytes that are not the setup of run {announcement.Run}; its coordinator sends it again");
            return genuine ? setup : null;
        }
        catch (OperationInterruptedException) // the queue is gone
        {
            return null;
        }
    }

    private Task Lost(string reason)
    {
        events.Writer.TryWrite(reason);
        return Task.CompletedTask;
    }
}
