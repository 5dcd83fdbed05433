using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

public class RabbitMqEngineTests(TestBroker broker) : EngineContract, IClassFixture<TestBroker>
{
    protected override IEngine Engine => new BrokerWithNodes(broker);
}
