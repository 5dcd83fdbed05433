using LedCluster.Actors.RabbitMq;
using LedCluster.Tests;

namespace LedCluster.Actors.Tests;

/// <summary>The same contract on quorum queues.</summary>
public class RabbitMqQuorumTests(TestBroker broker) : EngineContract, IClassFixture<TestBroker>
{
    private readonly BrokerWithNodes engine = new(broker);

    protected override IEngine Engine => new BrokerWithNodes(broker) { Options = engine.Options with { Queues = QueueKind.Quorum } };
}
