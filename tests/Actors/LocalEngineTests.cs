using LedCluster.Actors.Deployment;
using LedCluster.Domain.Workers;

namespace LedCluster.Actors.Tests;

public class LocalEngineTests : EngineContract
{
    protected override IEngine Engine => new LocalEngine();

    [Fact]
    public void A_device_that_is_lost_ends_the_run_which_goes_on_with_the_same_bits()
    {
        var expected = Run(new ToyDynamics(), 50, 4, 2).Paths;
        var (recorder, legs) = (new MemoryRecorder(), 0);
        var toy = new ToyDynamics
        {
            DeviceBatch = 16,
            OnRun = _ => { if (++legs > 5) throw new DeviceLostException("cuda:0 is lost: CUDA error: out of sorts"); },
        };
        var error = Assert.Throws<DeviceLostException>(() => Engine.Run(Job(toy, recorder, 50, 4, 2), TestContext.Current.CancellationToken));
        Assert.Equal("cuda:0 is lost: CUDA error: out of sorts", error.Message);
        Assert.Empty(recorder.Failures);
        Resume(recorder, new ToyDynamics { DeviceBatch = 16 });
        Assert.Equal(expected, recorder.Paths);
    }
}
