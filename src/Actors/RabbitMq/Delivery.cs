namespace LedCluster.Actors.RabbitMq;

/// <summary>An order in a node's hands.</summary>
/// <param name="Intake">Where it came from, and where its answer goes.</param>
/// <param name="Order">The order.</param>
/// <param name="Tag">The broker's number of it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Received">When it came.</param>
internal readonly record struct Delivery(OrderIntake Intake, WorkOrder Order, ulong Tag, int Bytes, long Received)
{
    /// <summary>The workers of its run.</summary>
    public RunWorkers Workers => Intake.Run.Workers;
}
