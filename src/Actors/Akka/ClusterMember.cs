using System.Globalization;
using System.Reflection;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;
using Akka.Serialization.Hyperion;

namespace LedCluster.Actors.Akka;

/// <summary>This process as a member of an Akka.NET cluster.</summary>
internal sealed class ClusterMember
{
    /// <summary>Roles of members.</summary>
    public const string MicroRole = "micro", LatentRole = "latent", CoordinatorRole = "coordinator";

    /// <summary>For actors that compute, or wait for a disk.</summary>
    public const string PinnedDispatcher = "led.pinned";

    private ClusterMember(ActorSystem system, IActorRef? region) => (System, Region) = (system, region);

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>The way to all cohorts; null without the role coordinator.</summary>
    public IActorRef? Region { get; }

    /// <summary>Where this process listens.</summary>
    public Address Address => Cluster.Get(System).SelfAddress;

    /// <summary>Starts an actor system and asks to join; joining goes on in the background.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static ClusterMember Start(AkkaOptions options, IEnumerable<string> roles, Action<string> log)
    {
        string[] own = [.. roles];
        ActorSystem system;
        try
        {
            system = ActorSystem.Create(AkkaOptions.SystemName, BootstrapSetup.Create().WithConfig(Configuration(options, own)).And(HyperionSerializerSetup.Empty.WithTypeFilter(new ControlTypes())));
        }
        catch (Exception error) when (error.GetBaseException() is System.Net.Sockets.SocketException)
        {
            throw new IOException($"Cannot listen on {options.Host}:{options.Port}: {error.GetBaseException().Message}", error);
        }
        var teller = system.ActorOf(Props.Create(() => new WarningTeller(log)));
        system.EventStream.Subscribe(teller, typeof(Warning));
        system.EventStream.Subscribe(teller, typeof(Error));
        _ = JoinAsync(system, options, log);
        return new ClusterMember(system, own.Contains(CoordinatorRole) ? CohortRegion.Start(system, log) : null);
    }

    private static async Task JoinAsync(ActorSystem system, AkkaOptions options, Action<string> log)
    {
        var ended = new CancellationTokenSource(); // never disposed of: the system's end, which may be years away, cancels it
        system.RegisterOnTermination(ended.Cancel);
        Address[] seeds = [.. options.SeedNodes.Select(Address.Parse)];
        try
        {
            if (options.IsFirstSeed)
                seeds = [seeds[0], .. await Founding.RunningAsync(seeds[1..], log, ended.Token)];
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Cluster.Get(system).JoinSeedNodes(seeds);
    }

    /// <summary>Waits until the others have accepted this process.</summary>
    public async Task<bool> JoinedAsync(TimeSpan longest, CancellationToken cancel)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Cluster.Get(System).RegisterOnMemberUp(() => up.TrySetResult());
        await Task.WhenAny(up.Task, System.WhenTerminated, Task.Delay(longest, cancel));
        return up.Task.IsCompleted;
    }

    /// <summary>Leaves the cluster in good order: what was registered for a coordinated shutdown is done first.</summary>
    public Task LeaveAsync() => CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);

    private static Config Configuration(AkkaOptions options, string[] roles)
    {
        using var stream = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("akka.conf")!);
        return ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote.dot-netty.tcp { hostname = "{{options.Host}}", port = {{options.Port}} }
            akka.cluster.seed-node-timeout = {{(options.IsFirstSeed ? "1 h" : "2 s")}} # until the first seed founds a cluster although others that run did not answer; until the others ask again
            akka.cluster.roles = [{{string.Join(", ", roles)}}]
            akka.coordinated-shutdown.exit-clr = {{(options.ExitWhenExcluded ? "on" : "off")}}
            """)).WithFallback(ConfigurationFactory.ParseString(stream.ReadToEnd()));
    }

    /// <summary>Tells of what the cluster decides and of defects, not of every attempt at a connection.</summary>
    private sealed class WarningTeller(Action<string> log) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Error error)
                log($"{error.Message} {error.Cause}");
            else if (message is Warning { LogClass.Namespace: { } place } warning && (place == "Akka.Cluster" || place.StartsWith("Akka.Cluster.SBR", StringComparison.Ordinal)))
                log($"{warning.Message}");
        }
    }
}
