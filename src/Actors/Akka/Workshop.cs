using System.Security.Cryptography;
using Akka.Actor;
using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Akka;

/// <summary>Lane to workshop: workers for the setup with this hash are needed; the dispatcher has it.</summary>
internal sealed record RunWorkersWanted(string Hash, IActorRef Dispatcher);

/// <summary>Workshop to lane: here they are; none if they cannot be built on this node.</summary>
internal sealed record RunWorkersBuilt(string Hash, RunWorkers? Workers);

/// <summary>Fetches the setups of runs and builds their workers, each once for all lanes of a node while it is one of the last.</summary>
internal sealed class Workshop : UntypedActor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TimeProvider time;
    private readonly Inbox inbox;
    private readonly BuiltWorkers built;
    private readonly Dictionary<string, (long Asked, HashSet<IActorRef> Lanes)> wanted = [];

    public Workshop(string node, Func<byte[], RunWorkers> build, TimeProvider time, Action<string> log) =>
        (this.time, inbox, built) = (time, new Inbox(Self), new BuiltWorkers(build, reason => log($"{node} cannot work for a run: {reason}"), time));

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunWorkersWanted want when built.TryGet(want.Hash, out var workers):
                Sender.Tell(new RunWorkersBuilt(want.Hash, workers));
                break;

            case RunWorkersWanted want:
                var isAsked = wanted.TryGetValue(want.Hash, out var waiting);
                var lanes = isAsked ? waiting.Lanes : [];
                lanes.Add(Sender);
                if (isAsked && time.GetElapsedTime(waiting.Asked) < Patience)
                    break;
                wanted[want.Hash] = (time.GetTimestamp(), lanes);
                want.Dispatcher.Tell(new SetupWanted(want.Hash));
                break;

            case Parcel parcel:
                if (inbox.Take(parcel, Sender) is { } setup)
                    Build(setup);
                break;
        }
    }

    private void Build(byte[] setup)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(setup));
        if (!wanted.Remove(hash, out var waiting))
            return;
        var workers = built.Build(hash, setup);
        foreach (var lane in waiting.Lanes)
            lane.Tell(new RunWorkersBuilt(hash, workers));
    }
}
