using System.Net.Sockets;

/// <summary>A kind of fault: how it is brought about and how it ends.</summary>
/// <param name="Name">What happens, for a person.</param>
/// <param name="Weight">How often it is drawn, relative to the others.</param>
/// <param name="Inject">Brings it about, and returns when it has ended.</param>
internal sealed record Fault(string Name, int Weight, Func<SoakCluster, Random, Task> Inject)
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("micro worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNode(random.Next(3)))),
        new("latent worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNode(3 + random.Next(2)))),
        new("host of trajectories: kill -9", 10, Now((cluster, _) => cluster.ReplaceNode(5))),
        new("contact: kill -9, then started", 5, Now((cluster, _) => cluster.RestartContact())),
        new("half of all nodes: kill -9 at once", 5, Now((cluster, random) => cluster.ReplaceNodes([.. Enumerable.Range(0, 6).OrderBy(_ => random.Next()).Take(3)]))),
        new("coordinator: kill -9, then resumed", 10, Now((cluster, _) => cluster.ResumeRun())),
        new("worker: stopped beyond its time-out, then continued", 10, (cluster, random) =>
            HangAsync(cluster.Nodes[random.Next(5)], TimeSpan.FromSeconds((1.5 + random.NextDouble()) * SoakCluster.LegTimeout))),
        new("worker: stopped until the others exclude it, then continued", 5, (cluster, random) =>
            HangAsync(cluster.Nodes[random.Next(5)], TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
        new("coordinator: stopped, then continued", 5, (cluster, random) => HangAsync(cluster.Coordinator, TimeSpan.FromSeconds(0.5 + 2 * random.NextDouble()))),
        new("coordinator: stopped until the others exclude it, then continued", 3, (cluster, random) =>
            HangAsync(cluster.Coordinator, TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
        new("strangers: random bytes at every port", 10, StrangersAsync),
    ];

    private static Func<SoakCluster, Random, Task> Now(Action<SoakCluster, Random> inject) => (cluster, random) =>
    {
        inject(cluster, random);
        return Task.CompletedTask;
    };

    private static async Task HangAsync(LedProcess process, TimeSpan time)
    {
        process.Hang();
        await Task.Delay(time);
        process.ComeBack();
    }

    private static async Task StrangersAsync(SoakCluster cluster, Random random)
    {
        foreach (var port in cluster.Nodes.Append(cluster.Coordinator).SelectMany(p => p.ListeningPorts()))
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port);
                var bytes = new byte[random.Next(1, 3000)];
                random.NextBytes(bytes);
                await client.GetStream().WriteAsync(bytes);
            }
            catch (Exception error) when (error is IOException or SocketException) // hung up on
            {
            }
        }
    }
}
