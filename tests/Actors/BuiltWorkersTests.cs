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
            For(workers, run);
            For(workers, 0); // used again and again
        }
        Assert.Equal(100, builds.Count);
        for (var run = 99; run > 99 - (BuiltWorkers.Most - 1); run--)
            For(workers, (byte)run);
        Assert.Equal(100, builds.Count);
        For(workers, 50);
        Assert.Equal(50, builds[100]);
    }

    [Fact]
    public void Workers_that_cannot_be_built_are_told_of_once_and_tried_again_after_a_while()
    {
        var (reasons, time) = (new List<string>(), new LateTime());
        var workers = new BuiltWorkers(_ => reasons.Count == 0 ? throw new IOException("disk full") : new RunWorkers(null!, null!), reasons.Add, time);
        Assert.False(workers.TryGet("a", out _));
        Assert.Null(workers.Build("a", []));
        Assert.True(workers.TryGet("a", out var none));
        Assert.Null(none);
        Assert.Equal(["disk full"], reasons);
        time.Later = BuiltWorkers.Pause;
        Assert.False(workers.TryGet("a", out _));
        var built = workers.Build("a", []);
        Assert.NotNull(built);
        Assert.True(workers.TryGet("a", out var same));
        Assert.Same(built, same);
    }

    private BuiltWorkers Workers() => new(
        setup =>
        {
            builds.Add(setup[0]);
            return new RunWorkers(null!, null!);
        },
        Assert.Fail, TimeProvider.System);

    private static void For(BuiltWorkers workers, byte run)
    {
        if (!workers.TryGet($"{run}", out _))
            workers.Build($"{run}", [run]);
    }
}
