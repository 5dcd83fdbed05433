using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;

/// <summary>
/// The floor of a leg on a cluster: one request and one reply of the same size by plain Akka.Remote, as byte arrays, over
/// loopback between an actor system of this process and one of another.
/// </summary>
internal sealed class PlainRemote : IDisposable
{
    /// <summary>Where the actor system of the other process listens.</summary>
    private const int FarPort = 7117;

    private readonly ActorSystem one = Start("one", 0);

    /// <summary>The other side: answers each request with itself, until disposed.</summary>
    public static IDisposable Answer()
    {
        var system = Start("other", FarPort);
        system.ActorOf(Props.Create<Echo>(), "echo");
        return system;
    }

    private static ActorSystem Start(string name, int port) => ActorSystem.Create(name, ConfigurationFactory.ParseString($$"""
        akka { loggers = [], stdout-loglevel = OFF, loglevel = OFF, actor.provider = remote, remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} } }
        """));

    /// <summary>Seconds of so many requests and replies.</summary>
    /// <param name="bytes">Bytes of each message.</param>
    /// <param name="count">Requests.</param>
    /// <param name="inFlight">Requests that wait for their reply at a time.</param>
    public double Run(int bytes, int count, int inFlight)
    {
        var far = one.ActorSelection($"akka.tcp://other@127.0.0.1:{FarPort}/user/echo").ResolveOne(TimeSpan.FromSeconds(30)).Result;
        var end = new TaskCompletionSource<double>();
        one.ActorOf(Props.Create(() => new Asker(far, bytes, count, inFlight, end)));
        return end.Task.Result;
    }

    /// <summary>Seconds until the receiver of heartbeats of a cluster's member answers, asked about 50 times a second until told to stop.</summary>
    public async Task<List<double>> AnswersAsync(string address, CancellationToken stop)
    {
        var receiver = one.ActorSelection($"akka.tcp://led@{address}/system/cluster/heartbeatReceiver");
        var seconds = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            await receiver.Ask<ActorIdentity>(new Identify(0), TimeSpan.FromSeconds(30)).ConfigureAwait(false);
            seconds.Add(Stopwatch.GetElapsedTime(asked).TotalSeconds);
            await Task.Delay(20, CancellationToken.None).ConfigureAwait(false);
        }
        return seconds;
    }

    public void Dispose() => one.Terminate().Wait();

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }

    private sealed class Asker : UntypedActor
    {
        private readonly IActorRef far;
        private readonly byte[] body;
        private readonly TaskCompletionSource<double> end;
        private readonly long start = Stopwatch.GetTimestamp();
        private readonly int count, inFlight;
        private int asked, answered;

        public Asker(IActorRef far, int bytes, int count, int inFlight, TaskCompletionSource<double> end) =>
            (this.far, body, this.count, this.inFlight, this.end) = (far, new byte[bytes], count, inFlight, end);

        protected override void PreStart()
        {
            while (asked < inFlight)
                Ask();
        }

        protected override void OnReceive(object message)
        {
            if (asked < count)
                Ask();
            if (++answered < count)
                return;
            end.SetResult(Stopwatch.GetElapsedTime(start).TotalSeconds);
            Context.Stop(Self);
        }

        private void Ask()
        {
            asked++;
            far.Tell(body);
        }
    }
}
