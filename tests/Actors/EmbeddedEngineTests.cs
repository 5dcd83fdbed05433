using LedCluster.Actors.Embedded;

namespace LedCluster.Actors.Tests;

public class EmbeddedEngineTests : EngineContract
{
    protected override IEngine Engine => new EmbeddedEngine();
}
