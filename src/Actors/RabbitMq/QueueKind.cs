namespace LedCluster.Actors.RabbitMq;

/// <summary>How the broker keeps the queues of a run.</summary>
public enum QueueKind
{
    /// <summary>On one node of the broker; orders that are sent again overtake those that wait.</summary>
    Classic,

    /// <summary>On most nodes of a broker of several, so that the loss of one costs no message; orders that are sent again go to the end.</summary>
    Quorum,
}
