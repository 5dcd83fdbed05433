using LedCluster.Actors.RabbitMq;
using LedCluster.Domain.Cohorts;
using LedCluster.Tests;
using RabbitMQ.Client;

/// <summary>A kind of fault: how it is brought about and how it ends.</summary>
/// <param name="Name">What happens, for a person.</param>
/// <param name="Weight">How often it is drawn, relative to the others.</param>
/// <param name="Inject">Brings it about, and returns when it has ended.</param>
internal sealed record Fault(string Name, int Weight, Func<SoakCluster, Random, Task> Inject)
{
    /// <summary>Silence after which broker and client give a connection up: two heartbeats.</summary>
    private static readonly TimeSpan Heartbeats = TimeSpan.FromSeconds(2 * 5);

    public static IReadOnlyList<Fault> All { get; } =
    [
        new("micro worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNode(random.Next(3)))),
        new("latent worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNode(3 + random.Next(2)))),
        new("coordinator: kill -9, then resumed", 10, Now((cluster, _) => cluster.ResumeRun())),
        new("broker: kill -9, then started", 5, Now((cluster, _) =>
        {
            cluster.Broker.Kill();
            cluster.Broker.Start();
        })),
        new("worker: stopped beyond its time-out, then continued", 10, async (cluster, random) =>
        {
            var worker = cluster.Nodes[random.Next(cluster.Nodes.Count)];
            worker.Hang();
            await Task.Delay(TimeSpan.FromSeconds((1.5 + random.NextDouble()) * SoakCluster.LegTimeout));
            worker.ComeBack();
        }),
        new("coordinator: stopped, then continued", 5, async (cluster, random) =>
        {
            var coordinator = cluster.Coordinator;
            coordinator.Hang();
            await Task.Delay(TimeSpan.FromSeconds(0.5 + 2 * random.NextDouble()));
            coordinator.ComeBack();
        }),
        new("queues full: the broker refuses messages", 5, async (cluster, random) =>
        {
            var policy = $"full-{random.Next()}"; // two may come at once
            cluster.Broker.Control("set_policy", policy, @"^led\.", """{"max-length":0,"overflow":"reject-publish"}""", "--apply-to", "queues");
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()));
            cluster.Broker.Control("clear_policy", policy);
        }),
        new("broker out of memory: connections blocked", 5, async (cluster, random) =>
        {
            cluster.Broker.Control("set_vm_memory_high_watermark", "0.0000001");
            await Task.Delay(TimeSpan.FromSeconds(2 * random.NextDouble()));
            cluster.Broker.Control("set_vm_memory_high_watermark", "0.4");
        }),
        new("poison: foreign and damaged messages in every queue", 10, PoisonAsync),
        new("network: connection reset", 10, Now((cluster, random) => Wire(cluster, random).Reset())),
        new("network: silent, then back", 10, (cluster, random) => SilenceAsync(Wire(cluster, random), TimeSpan.FromSeconds(0.5 + 3 * random.NextDouble()))),
        new("network: silent until the heartbeats are missed", 3, (cluster, random) => SilenceAsync(Wire(cluster, random), Heartbeats + TimeSpan.FromSeconds(3 * random.NextDouble()))),
    ];

    private static Func<SoakCluster, Random, Task> Now(Action<SoakCluster, Random> inject) => (cluster, random) =>
    {
        inject(cluster, random);
        return Task.CompletedTask;
    };

    /// <summary>The wire of some process.</summary>
    private static TcpProxy Wire(SoakCluster cluster, Random random) =>
        (random.Next(cluster.Nodes.Count + 1) is var n && n < cluster.Nodes.Count ? cluster.Nodes[n] : cluster.Coordinator).Wire!;

    private static async Task SilenceAsync(TcpProxy wire, TimeSpan time)
    {
        wire.Silence();
        await Task.Delay(time);
        wire.Heal();
    }

    /// <summary>Random bytes, and messages of the run that are cut or have some bytes changed.</summary>
    private static async Task PoisonAsync(SoakCluster cluster, Random random)
    {
        await using var connection = await new ConnectionFactory { Uri = cluster.Broker.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        if (RunCheck.Identity(cluster.Run) is not { } identity)
            return;
        var run = new RunId(identity);
        var order = new WorkOrder(run, 1, 1, Cohort.Start([0], new double[202])).Encode().ToArray();
        var reply = new WorkReply(run, 1, 1, new CohortId(0), "stranger", null, "poison").Encode().ToArray();
        var announcement = new Announcement(run, 1, new string('0', 64)).Encode().ToArray();
        foreach (var (queue, body) in ((string, byte[])[])[("micro", order), ("latent", order), ("replies", reply), ("setup", order)])
            foreach (var poison in Poisoned(body))
                await channel.BasicPublishAsync("", $"led.{run}.{queue}", mandatory: false, MessageSeal.Seal(body), poison);
        foreach (var poison in Poisoned(announcement))
            await channel.BasicPublishAsync("led.runs", "", mandatory: false, MessageSeal.Seal(announcement), poison);

        IEnumerable<byte[]> Poisoned(byte[] body)
        {
            var foreign = new byte[random.Next(1, 300)];
            random.NextBytes(foreign);
            yield return foreign;
            yield return body[..random.Next(body.Length)];
            for (var copies = 0; copies < 5; copies++)
            {
                var damaged = (byte[])body.Clone();
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
                yield return damaged;
            }
        }
    }
}
