using LedCluster.Actors.RabbitMq;

namespace LedCluster.Actors.Tests;

/// <summary>How many runs' workers a node keeps.</summary>
public class BuiltWorkersTests
{
    private readonly List<byte> builds = [];

    [Fact]
    public void Those_used_last_are_kept_and_no_more_however_many_runs_come()
    {
        var workers = Workers();
        for (byte run = 0; run < 100; run++)
        {
            workers.For($"{run}", [run]);
            workers.For("0", [0]); // used again and again
        }
        Assert.Equal(100, builds.Count);
        for (var run = 99; run > 99 - (BuiltWorkers.Most - 1); run--)
            workers.For($"{run}", [(byte)run]);
        Assert.Equal(100, builds.Count);
        workers.For("50", [50]);
        Assert.Equal(50, builds[100]);
    }

    [Fact]
    public void Workers_that_cannot_be_built_are_told_of_once()
    {
        var reasons = new List<string>();
        var workers = new BuiltWorkers(_ => throw new InvalidOperationException("no such study"), reasons.Add);
        Assert.Null(workers.For("a", []));
        Assert.Null(workers.For("a", []));
        Assert.Equal(["no such study"], reasons);
    }

    private BuiltWorkers Workers() => new(
        setup =>
        {
            builds.Add(setup[0]);
            return new RunWorkers(null!, null!);
        },
        Assert.Fail);
}
