using LedCluster.Domain.Wire;

namespace LedCluster.Actors.RabbitMq;

/// <summary>An order in a node's hands, and what the node has to say to it.</summary>
/// <param name="Intake">Where it came from, and where its answer goes.</param>
/// <param name="Order">The order.</param>
/// <param name="Tag">The broker's number of it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Received">When it came.</param>
internal readonly record struct Delivery(OrderIntake Intake, WorkOrder Order, ulong Tag, int Bytes, long Received)
{
    /// <summary>The workers of its run.</summary>
    public RunWorkers Workers => Intake.Run.Workers;

    /// <summary>What cohorts of a batch share; a cohort that does not fit the run is alone, so that it fails alone.</summary>
    public (int Pending, int Frames, bool Lifts, int Alone) Shape
    {
        get
        {
            try
            {
                var (pending, frames, lifts) = Workers.Latent.Shape(Order.Cohort);
                return (pending, frames, lifts, 0);
            }
            catch (IndexOutOfRangeException)
            {
                return (0, 0, false, Order.Number);
            }
        }
    }

    /// <summary>What a leg has left behind, encoded.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="reply">The worker's reply.</param>
    public ByteWriter Answered(string node, IReply reply)
    {
        var (result, reason) = reply switch
        {
            LegFinished finished => (finished.Result, (string?)null),
            LegFailed failed => (null, failed.Reason),
            _ => throw new InvalidOperationException($"There is no reply {reply.GetType().Name}."),
        };
        var answer = new WorkReply(Order.Run, Order.Epoch, Order.Number, Order.Cohort.Id, node, result, reason);
        var body = answer.Encode();
        if (body.Written.Length <= BrokerOptions.LargestMessage)
            return body;
        using var tooLong = body;
        return (answer with
        {
            Result = null,
            Reason = $"The leg left {body.Written.Length:N0} bytes behind, and a message holds at most {BrokerOptions.LargestMessage:N0}. Use a smaller --cohort-size or shorter legs.",
        }).Encode();
    }

    /// <summary>That its leg was not run, encoded.</summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="why">Why.</param>
    public ByteWriter Returned(string node, OrderReturn why) =>
        new WorkReply(Order.Run, Order.Epoch, Order.Number, Order.Cohort.Id, node, null, null) { Return = why }.Encode();
}
