using System.Net.Sockets;

/// <summary>A kind of fault: how it is brought about and how it ends.</summary>
/// <param name="Name">What happens, for a person.</param>
/// <param name="Weight">How often it is drawn, relative to the others.</param>
/// <param name="Inject">Brings it about, and returns when it has ended.</param>
internal sealed record Fault(string Name, int Weight, Func<SoakCluster, Random, Task> Inject)
{
    /// <summary>Kinds that can be brought about here.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        new("micro worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNodes(random.Next(3)))),
        new("latent worker: kill -9", 10, Now((cluster, random) => cluster.ReplaceNodes(3 + random.Next(2)))),
        new("host of trajectories: kill -9", 10, Now((cluster, _) => cluster.ReplaceNodes(5))),
        new("contact: kill -9, then started", 5, Now((cluster, _) => cluster.RestartContact())),
        new("half of all nodes: kill -9 at once", 8, Now(
            (cluster, random) => cluster.ReplaceNodes([.. Enumerable.Range(0, 6).OrderBy(_ => random.Next()).Take(3)]))),
        new("coordinator: kill -9, then resumed", 10, Now((cluster, _) => cluster.Run.KillCoordinator())) { Can = run => run is ForecastRun },
        new("service in charge: kill -9, the one that stands by goes on", 20, Now(
            (cluster, _) => cluster.Run.KillCoordinator())) { Can = run => run is ServiceRun },
        new("worker: stopped beyond its time-out, then continued", 10, (cluster, random) =>
            HangAsync(cluster.Nodes[random.Next(5)], TimeSpan.FromSeconds((1.5 + random.NextDouble()) * SoakCluster.LegTimeout))),
        new("worker: stopped until the others exclude it, then continued", 5, (cluster, random) =>
            HangAsync(cluster.Nodes[random.Next(5)], TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
        new("coordinator: stopped, then continued", 5, (cluster, random) =>
            HangAsync(cluster.Run.Coordinator, TimeSpan.FromSeconds(0.5 + 2 * random.NextDouble()))),
        new("coordinator: stopped until the others exclude it, then continued", 3, (cluster, random) =>
            HangAsync(cluster.Run.Coordinator, TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
        new("strangers: random bytes at every port", 10, StrangersAsync),
        new("worker: no memory any more", 8, (cluster, random) =>
            cluster.DepriveAsync(random.Next(5), TimeSpan.FromSeconds(2 + 3 * random.NextDouble()))) { Can = _ => Surroundings.CanBreak },
        .. Surroundings.CanBreak ? (Fault[])
        [
            new("network: cut for a moment, then healed", 6, (cluster, random) =>
                cluster.Around.CutAsync(true, true, TimeSpan.FromSeconds(0.5 + 2 * random.NextDouble()))),
            new("network: cut until the sides exclude each other, then healed", 6, (cluster, random) =>
                cluster.Around.CutAsync(true, true, TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
            new("network: links down until the sides exclude each other, then up", 6, (cluster, random) =>
                cluster.Around.UnplugAsync(TimeSpan.FromSeconds(12 + 6 * random.NextDouble()))),
            new("network: nothing arrives from the other machine, then healed", 3, (cluster, random) =>
                cluster.Around.CutAsync(false, true, TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
            new("network: nothing reaches the other machine, then healed", 3, (cluster, random) =>
                cluster.Around.CutAsync(true, false, TimeSpan.FromSeconds(9 + 3 * random.NextDouble()))),
            new("disk: full, then emptied; the run is resumed if it ended", 8, async (cluster, random) =>
            {
                await cluster.Around.FillDiskAsync(TimeSpan.FromSeconds(1 + 2 * random.NextDouble()));
                await Task.Delay(2000); // it tells, and ends
                cluster.Run.GoOnAfterFullDisk();
            }),
        ] : [],
    ];

    /// <summary>Whether it can come upon a run.</summary>
    public Func<SoakRun, bool> Can { get; init; } = _ => true;

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
        foreach (var place in cluster.Nodes.Append(cluster.Run.Coordinator).ToArray().SelectMany(process => process.Listening()))
        {
            try
            {
                using var client = new TcpClient();
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // the network may be cut
                await client.ConnectAsync(place, patience.Token);
                var bytes = new byte[random.Next(1, 3000)];
                random.NextBytes(bytes);
                await client.GetStream().WriteAsync(bytes);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException) // hung up on
            {
            }
        }
    }
}
