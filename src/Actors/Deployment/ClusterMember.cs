using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using Akka.Serialization.Hyperion;
using LedCluster.Actors.Protocol;
using LedCluster.Actors.Runs;
using LedCluster.Actors.Transfer;

namespace LedCluster.Actors.Deployment;

/// <summary>One actor system of this process as a member of a cluster; when it is excluded, another one takes its place.</summary>
internal sealed class ClusterMember
{
    /// <summary>Name of the actor system, part of every address.</summary>
    public const string SystemName = "led";

    /// <summary>Roles of members.</summary>
    public const string MicroRole = "micro", LatentRole = "latent", CoordinatorRole = "coordinator";

    private ClusterMember(ActorSystem system, TransferServer? transfer, IActorRef? trajectories) =>
        (System, Transfer, Trajectories) = (system, transfer, trajectories);

    /// <summary>The actor system.</summary>
    public ActorSystem System { get; }

    /// <summary>Where large states are handed over; null without the role coordinator.</summary>
    public TransferServer? Transfer { get; }

    /// <summary>The way to all trajectories; null without the role coordinator.</summary>
    public IActorRef? Trajectories { get; }

    /// <summary>Where this process listens.</summary>
    public Address Address => Cluster.Get(System).SelfAddress;

    /// <summary>Addresses of the contacts, as they are now.</summary>
    /// <exception cref="IOException">No contact's name is known.</exception>
    public static IEnumerable<Address> Contacts(ClusterOptions options) =>
        options.Contacts().Select(place => new Address(options.Tls is null ? "akka.tcp" : "akka.ssl.tcp", SystemName, $"{place.Address}", place.Port));

    /// <summary>Starts an actor system and asks to join; joining goes on in the background.</summary>
    /// <param name="options">Where to listen, and through whom to join.</param>
    /// <param name="roles">What this process does.</param>
    /// <param name="through">Joined through first; null for the contacts alone.</param>
    /// <param name="move">Has the actor system started again, to join through an address.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <exception cref="IOException">The address cannot be listened on, or a name is unknown.</exception>
    public static ClusterMember Start(ClusterOptions options, IReadOnlyCollection<string> roles, Address? through, Action<Address> move, Action<string> log)
    {
        var address = options.Address();
        var port = options.Port ?? (options.Join.Count == 0 ? ClusterOptions.UsualPort : 0);
        var system = Create(options, address, port, "cluster", roles);
        if (options.Verbose)
        {
            var teller = system.ActorOf(Props.Create(() => new WarningTeller(log)));
            system.EventStream.Subscribe(teller, typeof(Warning));
            system.EventStream.Subscribe(teller, typeof(Error));
        }
        Action? found = through is not null && Founds(system, [.. Contacts(options)]) ? () => Join(system, options, through: null) : null;
        system.ActorOf(Props.Create(() => new ContactWatch(options, move, found, TimeProvider.System, log)), ContactWatch.Name);
        var hosts = roles.Contains(CoordinatorRole);
        var transfer = hosts ? new TransferServer(address, options.Tls) : null;
        if (transfer is not null)
            system.RegisterOnTermination(transfer.Dispose);
        var region = !hosts ? null : ClusterSharding.Get(system).Start(
            "trajectories", _ => Props.Create<Trajectory>().WithDispatcher(Dispatchers.Control),
            ClusterShardingSettings.Create(system), Trajectory.Extractor);
        if (region is not null)
            system.ActorOf(Props.Create(() => new ShardWatch(region, move, log)));
        Join(system, options, through);
        return new ClusterMember(system, transfer, region);
    }

    /// <summary>An actor system that is in no cluster, but may send messages to those that are.</summary>
    /// <exception cref="IOException">There is no port to listen on.</exception>
    public static ActorSystem Outside(ClusterOptions options) => Create(options, options.Address(), 0, "remote", []);

    /// <summary>Waits until the others have accepted this process.</summary>
    public async Task<bool> JoinedAsync(CancellationToken cancel)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Cluster.Get(System).RegisterOnMemberUp(() => up.TrySetResult());
        await Task.WhenAny(up.Task, System.WhenTerminated, Task.Delay(Timeout.Infinite, cancel)).ConfigureAwait(false);
        return up.Task.IsCompleted;
    }

    /// <summary>Leaves the cluster in good order.</summary>
    public Task LeaveAsync() => CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);

    /// <summary>
    /// Without contacts, or being one of them, this process is the first seed node of those that no other one is before, and
    /// starts a cluster if none of the others is in one. Two clusters become one, see <see cref="ContactWatch"/>.
    /// </summary>
    private static void Join(ActorSystem system, ClusterOptions options, Address? through)
    {
        var cluster = Cluster.Get(system);
        Address[] contacts = [.. Contacts(options)];
        var founds = Founds(system, contacts);
        var others = contacts.Prepend(through!).Where(a => a is not null && a != cluster.SelfAddress).Distinct().ToArray();
        // The first in the list may start a cluster; whoever is not a contact never does.
        cluster.JoinSeedNodes(founds && through is null && (contacts.Length == 0 || contacts[0] == cluster.SelfAddress) ? [cluster.SelfAddress, .. others]
            : founds && through is null ? [.. contacts] : others);
    }

    /// <summary>Whether this process may start a cluster: without contacts, or being one of them.</summary>
    private static bool Founds(ActorSystem system, Address[] contacts) => contacts.Length == 0 || contacts.Contains(Cluster.Get(system).SelfAddress);

    private static DotNettySslSetup Certificates(ClusterTls tls) => new(
        tls.Certificate(), suppressValidation: false, requireMutualAuthentication: true, (certificate, _, _, _, _) => tls.Accepts(certificate));

    private static ActorSystem Create(ClusterOptions options, IPAddress address, int port, string provider, IEnumerable<string> roles)
    {
        try
        {
            var setup = BootstrapSetup.Create().WithConfig(Configuration(options, address, port, provider, roles)).And(
                HyperionSerializerSetup.Empty.WithTypeFilter(new ControlTypes()));
            return ActorSystem.Create(SystemName, options.Tls is { } tls ? setup.And(Certificates(tls)) : setup);
        }
        catch (Exception error) when (error.GetBaseException() is SocketException cause)
        {
            throw new IOException($"Cannot listen on {address}:{port}: {cause.Message}.", error);
        }
    }

    private static Config Configuration(ClusterOptions options, IPAddress address, int port, string provider, IEnumerable<string> roles)
    {
        using var stream = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("cluster.conf")!);
        return ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
            akka.remote.dot-netty.tcp { hostname = "{{address}}", port = {{port}}, enable-ssl = {{(options.Tls is null ? "off" : "on")}} }
            akka.actor.provider = {{provider}}
            akka.cluster.roles = [{{string.Join(", ", roles)}}]
            """)).WithFallback(ConfigurationFactory.ParseString(stream.ReadToEnd()));
    }

    /// <summary>Tells what Akka.NET has to say.</summary>
    private sealed class WarningTeller(Action<string> log) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is LogEvent told)
                log($"akka: {told.Message} {told.Cause?.Message}");
        }
    }
}
