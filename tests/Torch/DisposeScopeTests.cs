using TorchSharp;
using static TorchSharp.torch;

namespace LedCluster.Torch.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Ends_what_was_made_inside()
    {
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = ones(2);
            Assert.True(scope.Contains(inside));
            Assert.Equal(1, scope.DisposablesCount);
        }

        Assert.True(inside.IsInvalid);
        var error = Assert.Throws<ObjectDisposedException>(() => inside.sum());
        Assert.Contains("MoveToOuterDisposeScope", error.Message);
    }

    [Fact]
    public void Leaves_what_was_made_outside()
    {
        using var outside = ones(2);
        using (NewDisposeScope())
            outside.add_(1);
        Assert.Equal([2f, 2f], outside.data<float>().ToArray());
    }

    [Fact]
    public void Hands_out_what_is_moved_one_scope_at_a_time()
    {
        Tensor moved;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                moved = ones(2).MoveToOuterDisposeScope();
            Assert.False(moved.IsInvalid);
            Assert.True(outer.Contains(moved));
        }

        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void Lets_go_of_what_is_detached_or_moved_out_of_the_outermost()
    {
        Tensor detached, moved;
        using (NewDisposeScope())
        {
            detached = ones(2).DetachFromDisposeScope();
            moved = ones(2).MoveToOuterDisposeScope();
        }

        Assert.False(detached.IsInvalid);
        Assert.False(moved.IsInvalid);
        detached.Dispose();
        moved.Dispose();
    }

    [Fact]
    public void Forgets_what_was_disposed_of_before_its_end()
    {
        using var scope = NewDisposeScope();
        var tensors = Enumerable.Range(0, 10).Select(_ => ones(1)).ToArray();
        foreach (var at in new[] { 0, 9, 4, 3 })
            tensors[at].Dispose();
        Assert.Equal(6, scope.DisposablesCount);
        scope.DisposeEverything();
        Assert.All(tensors, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public void Takes_charge_of_what_is_attached()
    {
        using var scope = NewDisposeScope();
        var tensor = scope.Detach(ones(1));
        Assert.Equal(0, scope.DisposablesCount);
        scope.Attach(tensor);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void May_end_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        using var made = ones(1);
        Assert.True(inner.Contains(made));
        Assert.False(inner.MoveToOuter(made).IsInvalid);
        inner.Dispose();
        Assert.False(made.IsInvalid);
    }

    [Fact]
    public async Task Belongs_to_its_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        await OnThread(() => elsewhere = ones(1));
        Assert.False(scope.Contains(elsewhere!));
        elsewhere!.Dispose();
    }

    [Fact]
    public async Task Survives_threads_that_make_move_and_dispose_at_once()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        using (var shared = NewDisposeScope())
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OnThread(() =>
            {
                for (var round = 0; round < 200; round++)
                {
                    using var own = NewDisposeScope();
                    var given = own.MoveToOther(shared, ones(2));
                    var kept = given + 1;
                    shared.MoveToOther(own, given);
                    shared.Attach(kept);
                    if (round % 2 == 0)
                        kept.Dispose();
                }
            })));
            Assert.Equal(4 * 100, shared.DisposablesCount);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static Task OnThread(Action body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
