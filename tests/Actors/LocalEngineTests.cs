using LedCluster.Actors.Deployment;

namespace LedCluster.Actors.Tests;

public class LocalEngineTests : EngineContract
{
    protected override IEngine Engine => new LocalEngine();
}
