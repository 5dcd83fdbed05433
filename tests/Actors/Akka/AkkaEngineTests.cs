namespace LedCluster.Actors.Tests;

public class AkkaEngineTests(AkkaCluster cluster) : EngineContract, IClassFixture<AkkaCluster>
{
    protected override IEngine Engine => cluster;
}
