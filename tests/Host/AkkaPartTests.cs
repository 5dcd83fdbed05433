namespace LedCluster.Host.Tests;

/// <summary>What is said about the Akka.NET engine, when it cannot be used.</summary>
public sealed class AkkaPartTests
{
    private const string NoSeeds = "give --seed-nodes", BadSeeds = "is not an address", BadListen = "give host:port", BadRole = "also coordinator";

    [Theory]
    [InlineData(BadSeeds, "node", "--engine", "akka", "--seed-nodes", "amqp://here")]
    [InlineData(BadSeeds, "forecast", "fhn", "--engine", "akka", "--seed-nodes", "amqp://here")]
    [InlineData(NoSeeds, "node", "--engine", "akka")]
    [InlineData(BadListen, "node", "--engine", "akka", "--seed-nodes", "akka.tcp://led@127.0.0.1:7000", "--cluster-listen", "here")]
    [InlineData("the engine rabbitmq has none", "forecast", "fhn", "--engine", "rabbitmq", "--seed-nodes", "akka.tcp://led@127.0.0.1:7000")]
    [InlineData(BadRole, "node", "--engine", "akka", "--role", "boss", "--seed-nodes", "akka.tcp://led@127.0.0.1:7000")]
    public void What_cannot_be_used_is_refused_with_a_reason(string reason, params string[] arguments)
    {
        var outcome = Led.Run(arguments);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(reason, outcome.Errors);
    }
}
