using System.Diagnostics;
using System.Text;
using LedCluster.Actors.Embedded;
using LedCluster.Actors.RabbitMq;

/// <summary>
/// How much of the raw client's throughput does the RabbitMQ engine keep, and what does carrying a leg cost? All rows of a
/// size take turns, so that a noisy machine treats them alike; medians, the first turn left out.
/// </summary>
internal sealed class CarryingBench(BrokerOptions broker, Process process)
{
    private const int Turns = 5;

    /// <summary>Measures one size.</summary>
    /// <param name="name">The size in words.</param>
    /// <param name="bytes">Bytes of a cohort's state.</param>
    /// <param name="cohorts">Cohorts, all in flight at once.</param>
    /// <param name="legs">Legs of each.</param>
    public void Run(string name, int bytes, int cohorts, int legs)
    {
        var (body, count) = (new CarriedBytes(bytes, cohorts, legs).Order, cohorts * legs);
        var raw = new RawClient(broker, body);
        List<Cpu> messages = [], rawLegs = [], engine = [], embedded = [];
        for (var turn = 0; turn <= Turns; turn++)
        {
            messages.Add(Cpu.Of(process, () => raw.MessagesAsync(count, cohorts).Result));
            rawLegs.Add(Cpu.Of(process, () => raw.LegsAsync(count, cohorts).Result));
            engine.Add(Cpu.Of(process, () => Carry(new CarriedBytes(bytes, cohorts, legs), cohorts)));
            embedded.Add(Cpu.Of(process, () => Embedded(new CarriedBytes(bytes, cohorts, legs))));
        }
        Row("raw client, messages one way", messages, 1);
        var least = Row("raw client, legs", rawLegs, 2);
        var carried = Row("RabbitMQ engine, legs", engine, 2);
        var here = Row("Embedded engine, legs", embedded, 2);
        var kept = rawLegs.Zip(engine, (a, b) => a.Wall / b.Wall).Skip(1).Order().ToArray();
        Console.WriteLine($"{name}: the engine keeps {100 * kept[Turns / 2]:F0} % of the raw client's rate (turns: {100 * kept[0]:F0} to {100 * kept[^1]:F0} %);");
        Console.WriteLine($"      a leg costs {1e6 * carried / count:F0} µs, embedded {1e6 * here / count:F1} µs, so that the cluster adds {1e6 * (carried - here) / count:F0} µs, of which the raw client {1e6 * least / count:F0} µs");

        double Row(string what, List<Cpu> taken, int each)
        {
            var median = taken.Skip(1).OrderBy(c => c.Wall).ElementAt(Turns / 2);
            Console.WriteLine(
                $"{name}  {what,-30}{count / median.Wall,9:F0} /s{(double)count * each * body.Length / median.Wall / 1e6,9:F0} MB/s   " +
                $"CPU per unit: clients {1e6 * median.Own / count,7:F0} µs, broker {1e6 * median.Broker / count,7:F0} µs");
            return median.Wall;
        }
    }

    private static double Embedded(CarriedBytes work)
    {
        new EmbeddedEngine().Run(work.Job(1), CancellationToken.None);
        return work.Seconds;
    }

    private double Carry(CarriedBytes work, int window)
    {
        var (job, id) = (work.Job(1), Guid.NewGuid().ToString("N"));
        using var drain = new CancellationTokenSource();
        var node = new RabbitMqNode(
            broker, new NodeOptions { Name = "node", MicroWorkers = 1 }, _ => new RunWorkers(job.Micro, job.Latent), _ => { }).RunAsync(drain.Token);
        new RabbitMqEngine(
            broker, new ClusterRun(new RunId(id), 1, Encoding.ASCII.GetBytes(id)),
            new RabbitMqOptions { Window = window, AnnounceEvery = TimeSpan.FromSeconds(0.1) }, _ => { }).Run(job, CancellationToken.None);
        drain.Cancel();
        node.Wait();
        return work.Seconds;
    }
}
