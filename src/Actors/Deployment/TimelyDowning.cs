using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;

namespace LedCluster.Actors.Deployment;

/// <summary>
/// Takes members out of the cluster that are gone, however many of them at once: losing workers is normal here, and the side
/// that a coordinator is on must live even when it is the smaller one. A process whose port refuses connections is gone for
/// certain and goes at once; one that is silent, after some seconds. A network that is cut makes two clusters of one; both
/// may go on, as a run's epoch and the lock of its directory forbid two recorders, and they become one again when they see
/// each other, see <see cref="ContactWatch"/>.
/// </summary>
/// <param name="system">The actor system.</param>
/// <param name="cluster">Its cluster.</param>
public sealed class TimelyDowning(ActorSystem system, Cluster cluster) : IDowningProvider
{
    /// <inheritdoc />
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    /// <inheritdoc />
    public Props DowningActorProps => system.Settings.HasCluster ? Props.Create(() => new Watcher(cluster)) : Props.Empty;

    private sealed class Watcher(Cluster cluster) : UntypedActor, IWithTimers
    {
        /// <summary>How long a member that cannot be reached may take to come back while nothing else changes.</summary>
        private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(2);

        private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(1), AskAgain = TimeSpan.FromSeconds(0.2);

        private const int MostQuestions = 5;

        private readonly HashSet<Address> unreachable = []; // by the events: cluster.State may not tell of them yet when they come

        private sealed record Stable;

        private sealed record Probe(Address Address, int Questions);

        private sealed record Answer(Probe Probe, bool Refused);

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            cluster.Subscribe(Self, ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.IReachabilityEvent), typeof(ClusterEvent.MemberRemoved));
            Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        }

        protected override void PostStop()
        {
            cluster.Unsubscribe(Self);
            Context.System.EventStream.Unsubscribe(Self);
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ClusterEvent.UnreachableMember lost:
                    unreachable.Add(lost.Member.Address);
                    Wait();
                    break;

                case ClusterEvent.ReachableMember back:
                    unreachable.Remove(back.Member.Address);
                    Wait();
                    break;

                case ClusterEvent.MemberRemoved gone:
                    unreachable.Remove(gone.Member.Address);
                    Wait();
                    break;

                // Whoever sees it may say so: it is the same whoever says it.
                case Stable:
                    foreach (var address in unreachable)
                        cluster.Down(address);
                    break;

                // A process that has died closes its connections at once. One that is about to end by itself needs no help.
                case DisassociatedEvent gone:
                    Self.Tell(new Probe(gone.RemoteAddress, 1));
                    break;

                case Probe probe when cluster.State.Members.Any(
                    m => m.Address == probe.Address
                        && m.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Exiting):
                    IsRefusedAsync(probe.Address).PipeTo(Self, Self, refused => new Answer(probe, refused));
                    break;

                case Answer { Refused: true } answer:
                    cluster.Down(answer.Probe.Address);
                    break;

                case Answer { Probe: { Questions: < MostQuestions } again }:
                    Timers.StartSingleTimer(again.Address, again with { Questions = again.Questions + 1 }, AskAgain);
                    break;
            }
        }

        /// <summary>Begins to wait anew for the unreachable ones.</summary>
        private void Wait()
        {
            if (unreachable.Count == 0)
                Timers.Cancel("stable");
            else
                Timers.StartSingleTimer("stable", new Stable(), StableAfter);
        }

        private static async Task<bool> IsRefusedAsync(Address address)
        {
            using var client = new TcpClient();
            using var patience = new CancellationTokenSource(ConnectPatience);
            try
            {
                await client.ConnectAsync(IPAddress.Parse(address.Host!), address.Port!.Value, patience.Token).ConfigureAwait(false);
                return false;
            }
            catch (SocketException error)
            {
                return error.SocketErrorCode == SocketError.ConnectionRefused;
            }
            catch (Exception error) when (error is OperationCanceledException or FormatException)
            {
                return false;
            }
        }
    }
}
