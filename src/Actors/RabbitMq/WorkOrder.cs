using LedCluster.Domain.Cohorts;
using LedCluster.Domain.Wire;

namespace LedCluster.Actors.RabbitMq;

/// <summary>
/// A leg to run, as it travels from the coordinator to a node. Little-endian: the tag <c>LCO1</c>, the run as text, then
/// epoch and number as 32-bit integers, then the cohort in its own binary form, preceded by its length.
/// </summary>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Epoch">Which coordinator of the run sent it: each start or resumption counts one up.</param>
/// <param name="Number">Running number within the epoch; an order that is sent again gets a new one.</param>
/// <param name="Cohort">The cohort whose next leg is to be run.</param>
public sealed record WorkOrder(RunId Run, int Epoch, int Number, Cohort Cohort)
{
    private const string Tag = "LCO1";

    /// <summary>Encodes the order.</summary>
    /// <returns>The bytes, in memory that goes back to a pool when it is disposed of.</returns>
    public ByteWriter Encode() => new ByteWriter(Tag, 100 + CohortCodec.Size(Cohort))
        .Text(Run.Value, RunId.Longest).Int(Epoch).Int(Number).Block(Cohort, CohortCodec.Write);

    /// <summary>Decodes an order.</summary>
    /// <exception cref="FormatException">The bytes are not a whole order of a known form.</exception>
    public static WorkOrder Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes, Tag, "a work order");
        var order = new WorkOrder(new RunId(reader.Text(RunId.Longest)), reader.Int(), reader.Int(), CohortCodec.Decode(reader.Bytes()));
        reader.End();
        return order.Epoch > 0 && order.Number > 0 ? order
            : throw new FormatException($"A work order has epoch {order.Epoch} and number {order.Number}; both start at 1.");
    }

    /// <summary>What a node has to say when the order's leg was run, encoded.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="reply">The worker's reply.</param>
    /// <param name="largest">Bytes that a message holds at most.</param>
    internal ByteWriter Answered(string node, IReply reply, int largest)
    {
        var (result, reason) = reply switch
        {
            LegFinished finished => (finished.Result, (string?)null),
            LegFailed failed => (null, failed.Reason),
            _ => throw new InvalidOperationException($"There is no reply {reply.GetType().Name}."),
        };
        var answer = new WorkReply(Run, Epoch, Number, Cohort.Id, node, result, reason);
        var body = answer.Encode();
        if (body.Written.Length <= largest)
            return body;
        using var tooLong = body;
        return (answer with
        {
            Result = null,
            Reason = $"The leg left {body.Written.Length:N0} bytes behind, and a message holds at most {largest:N0}. Use a smaller --cohort-size or shorter legs.",
        }).Encode();
    }

    /// <summary>What it has to say when the leg was not run, encoded.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="why">Why.</param>
    internal ByteWriter Returned(string node, OrderReturn why) =>
        new WorkReply(Run, Epoch, Number, Cohort.Id, node, null, null) { Return = why }.Encode();
}
